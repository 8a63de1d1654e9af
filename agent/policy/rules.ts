/**
 * The rules of a policy: `shell(git push)`, `read(.env)`, `write(/etc)`, `tool(mcp__*)`, `network(example.org)`, as they are
 * written in a settings file, and as they are matched. docs/policy.md says what each means.
 */
import { z } from 'zod';
import { knownKeys } from '../../models/index.ts';
import { expandAllow } from '../../sandbox/index.ts';

/** `shell`: the first word, options in any place, other words in order. `text` is the rule as it was written. */
export type CommandRule = { kind: 'shell'; text: string; program: string; options: string[]; plain: string[] };
export type PathRule = { kind: 'read' | 'write'; text: string; pattern: string };
export type ToolRule = { kind: 'tool'; text: string; pattern: string };
export type NetworkRule = { kind: 'network'; text: string; hosts: readonly string[] };
export type Rule = CommandRule | PathRule | ToolRule | NetworkRule;

/** What follows where a rule, or none, decides. */
export const ACTIONS = ['allow', 'ask', 'deny'] as const;
export type Action = (typeof ACTIONS)[number];

export type Policy = { default: Action; deny: readonly Rule[]; ask: readonly Rule[]; allow: readonly Rule[] };

/** What no rule names is allowed: in a container the sandbox is the boundary, and who chooses the host has chosen. */
export const NO_POLICY: Policy = { default: 'allow', deny: [], ask: [], allow: [] };

/** A rule is a line that a person reads. */
const MAX_RULE_CHARACTERS = 500;
const SHAPE = /^(shell|read|write|tool|network)\((.*)\)$/s;

/** Reads a rule; what is wrong with it is a text. */
export function parseRule(text: string): Rule | string {
  if (text.length > MAX_RULE_CHARACTERS) return `is longer than ${MAX_RULE_CHARACTERS} characters`;
  const [, kind, inside = ''] = SHAPE.exec(text.trim()) ?? [];
  const body = inside.trim();
  if (kind === undefined || body === '') {
    return 'is no rule: write shell(WORDS), read(PATH), write(PATH), tool(NAME) or network(HOST)';
  }
  if (kind === 'shell') return commandRule(text, body);
  if (kind === 'network') {
    const hosts = expandAllow(body);
    return hosts === null ? 'names none of HOST, HOST:PORT, *.HOST with a full host name' : { kind, text, hosts };
  }
  if (kind === 'tool') {
    return /^[\w*.-]+$/.test(body) ? { kind, text, pattern: body } : 'is no name of a tool (with * for any characters)';
  }
  if (kind !== 'read' && kind !== 'write') return 'is no rule';
  if (/[[\]{}?\\]/.test(body) || /^[~!]/.test(body))
    return 'may have * and ** in its path, but none of ? [ ] { } \\ ~ !';
  if (body.split('/').some((name) => name === '..' || name === '.')) return 'may not have . or .. in its path';
  if (body.split('/').some((name) => name.includes('**') && name !== '**')) {
    return 'has ** in a name: it stands for whole folders, as in **/name';
  }
  return { kind, text, pattern: body };
}

function commandRule(text: string, body: string): CommandRule | string {
  if (/["'`$;|&<>()\\\n]/.test(body)) {
    return 'names one command by its words: it may have * in them, but no quotes, ; | & < > ( ) $ or \\';
  }
  const [program = '', ...words] = body.split(/\s+/);
  // At the end of the words it says what holds anyhow: more may follow.
  while (words.at(-1) === '*') words.pop();
  const isOption = (word: string) => /^-./.test(word);
  return {
    kind: 'shell',
    text,
    program,
    options: words.filter(isOption),
    plain: words.filter((word) => !isOption(word)),
  };
}

const rule = z.string('is no rule: it must be text').transform((text, context): Rule => {
  const parsed = parseRule(text);
  if (typeof parsed !== 'string') return parsed;
  context.issues.push({ code: 'custom', message: `${JSON.stringify(text.slice(0, 80))} ${parsed}`, input: text });
  return z.NEVER;
});

const deciding = rule.refine((parsed) => parsed.kind !== 'network', {
  error: 'holds a network rule, which can only stand under deny: what can be reached is said with `allow` (--allow)',
});

/** The part of a settings file that narrows: what a project's file may say. */
export const narrowingSchema = z.strictObject(
  {
    deny: z.array(rule, 'is no list of rules').exactOptional(),
    ask: z.array(deciding, 'is no list of rules').exactOptional(),
  },
  'may only hold lists of rules under deny and ask there',
);

/** The section `policy` of a settings file. */
export const policySchema = z.strictObject(
  {
    ...narrowingSchema.shape,
    allow: z.array(deciding, 'is no list of rules').exactOptional(),
    default: z.enum(ACTIONS, 'is none of allow, ask, deny').exactOptional(),
  },
  knownKeys(
    ['deny', 'ask', 'allow', 'default'],
    'must hold rules under deny, ask and allow, or a default, and nothing else',
  ),
);

/** A policy from its section. */
export function policyOf(section: z.output<typeof policySchema> | undefined): Policy {
  return { ...NO_POLICY, ...section };
}

/** The hosts that the policy denies. */
export function deniedHosts({ deny }: Policy): string[] {
  return deny.flatMap((each) => (each.kind === 'network' ? each.hosts : []));
}
