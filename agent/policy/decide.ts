/** The decision about one tool call: pure, from the rules and what the call would do. */
import { posix } from 'node:path';
import type { Reach } from '../../tools/index.ts';
import { commandText, namesCommand, type Read, readCommand } from './commands.ts';
import { fitsPath, fitsWord } from './glob.ts';
import type { Action, CommandRule, Policy, Rule } from './rules.ts';

/** A call: `reaches` is null where a tool cannot say what it would do. */
export type Call = { tool: string; reaches: readonly Reach[] | null };

/** Where the call is made: relative paths of calls start at `cwd`, those of rules at `root`. */
export type Place = { cwd: string; root: string };

/** `rule`: as it was written; null: none names the call, the default decides. `what`: the part of the call that it names. */
export type Verdict = { action: Action; rule: string | null; what: string };

type Part = { what: string; fits: (rule: Rule, loosely: boolean) => boolean };

/**
 * The strictest rule that fits decides: deny before ask before allow, whatever their order. A rule that denies or asks fits
 * where it may fit any part of the call; one that allows, where it surely fits; and each part must be allowed.
 */
export function decide(policy: Policy, { tool, reaches }: Call, place: Place): Verdict {
  const itself: Part = { what: tool, fits: (rule) => rule.kind === 'tool' && fitsWord(rule.pattern, tool) };
  const parts = (reaches ?? []).flatMap((reach) => partsOf(reach, place));
  for (const action of ['deny', 'ask'] as const) {
    for (const rule of policy[action]) {
      const hit = [itself, ...parts].find((part) => part.fits(rule, true));
      if (hit) return { action, rule: rule.text, what: hit.what };
    }
  }
  const allowing = (part: Part) => policy.allow.find((rule) => part.fits(rule, false));
  const byName = allowing(itself);
  if (byName) return { action: 'allow', rule: byName.text, what: tool };
  // A tool that says that it reaches nothing has nothing that must be allowed.
  if (reaches !== null && reaches.length === 0) return { action: 'allow', rule: null, what: tool };
  const missing = parts.find((part) => allowing(part) === undefined);
  const first = parts[0];
  if (first !== undefined && missing === undefined) {
    return { action: 'allow', rule: allowing(first)?.text ?? null, what: first.what };
  }
  return { action: policy.default, rule: null, what: missing?.what ?? tool };
}

/** Whether a file may be read without anybody being asked: for tools that come upon files by themselves. */
export function mayRead(policy: Policy, path: string, place: Place): boolean {
  const [part] = partsOf({ kind: 'read', path }, place);
  return part === undefined || ![...policy.deny, ...policy.ask].some((rule) => part.fits(rule, true));
}

function partsOf(reach: Reach, { cwd, root }: Place): Part[] {
  if (reach.kind === 'command') return commandParts(reach.command);
  const { kind } = reach;
  const path = posix.resolve(cwd, reach.path);
  return [{ what: `${kind} ${path}`, fits: (rule) => rule.kind === kind && fitsPath(rule.pattern, path, root) }];
}

function commandParts(command: string): Part[] {
  const { written, behind, unclear }: Read = readCommand(command);
  const parts: Part[] = written.map((words) => ({
    what: commandText(words),
    fits: (rule, loosely) => rule.kind === 'shell' && namesCommand(rule, words, loosely),
  }));
  // What a command starts in its turn can be denied; that it may be started is for a rule that names the command.
  const started: Part[] = behind.map((words) => ({
    what: commandText(words),
    fits: (rule, loosely) => rule.kind === 'shell' && (!loosely || namesCommand(rule, words, true)),
  }));
  const start = command.trim().split('\n')[0]?.slice(0, 200);
  const unread: Part = {
    what: `${start} (it cannot be read for sure: ${unclear})`,
    fits: (rule, loosely) => rule.kind === 'shell' && (loosely || namesAll(rule)),
  };
  return [...parts, ...started, ...(unclear === null ? [] : [unread])];
}

/** `shell(*)` names whatever a command may come to. */
function namesAll({ program, options, plain }: CommandRule): boolean {
  return program === '*' && options.length === 0 && plain.length === 0;
}
