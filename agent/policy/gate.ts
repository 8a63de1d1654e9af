/** Asks the policy about each call before it starts, and a person where the policy says so. */
import { posix } from 'node:path';
import type { ToolCallPart } from '../../models/index.ts';
import type { NewEvent } from '../../session/index.ts';
import { errorResult, readCall, type Tool, type ToolResult } from '../../tools/index.ts';
import type { Log } from '../turn.ts';
import { decide, type Place, type Verdict } from './decide.ts';
import type { Policy } from './rules.ts';

/** What a person is asked: whether a call may be made. `call` is all of it; `what`, the part that the rule names. */
export type Question = { tool: string; call: string; what: string; rule: string };
/** `words` go to the model. `always`: the same call is not asked about again in this run. */
export type Answer = { answer: 'yes' | 'always' | 'no'; words: string };
/** Asks a person. Rejects when the signal is aborted. */
export type Approve = (question: Question, signal: AbortSignal) => Promise<Answer>;

export type GateOptions = {
  policy: Policy;
  place: Place;
  tools: () => readonly Tool[];
  /** Null: nobody is there to ask. */
  approve: Approve | null;
  log: Log;
  signal: AbortSignal;
};

/** The refusal of a call, or null where it may be made. */
export type Gate = (call: ToolCallPart, turn: number) => Promise<ToolResult | null>;

/** By whom a call was decided about. */
export type Decider = Extract<NewEvent, { type: 'policy.decided' }>['by'];

const DO_NOT =
  'Do not try to do the same in another way: go on without it, or say in your last message what you could not do.';

/** The result of a call that was refused. */
export function refusal(why: string, by: Decider, rule: string | null): ToolResult {
  return errorResult(`Not run: ${why} ${DO_NOT}`, { error: 'denied', by, rule });
}

/** Makes the gate of a run. */
export function createGate({ policy, place, tools, approve, log, signal }: GateOptions): Gate {
  const always = new Set<string>();
  /** One question at a time: calls of one turn may be decided about beside each other. */
  let asking: Promise<unknown> = Promise.resolve();

  const ask = (question: Question, key: string): Promise<Answer> => {
    if (approve === null) throw new Error('there is nobody to ask');
    const answered = asking.then(async (): Promise<Answer> => {
      signal.throwIfAborted();
      return always.has(key) ? { answer: 'yes', words: '' } : approve(question, signal);
    });
    asking = answered.catch(() => undefined); // Whoever asked hears of it; the next question may be asked all the same.
    return answered;
  };

  return async (call, turn) => {
    const read = readCall(tools(), call);
    // What cannot be run is told by the tool itself.
    if ('refusal' in read) return null;
    const { tool, input } = read;
    const reaches = tool.reaches?.(input) ?? null;
    const verdict = decide(policy, { tool: tool.name, reaches }, place);
    const { action, rule, what } = verdict;
    const decided = (granted: boolean, by: Decider, more: { words?: string; always?: boolean } = {}) =>
      log({
        type: 'policy.decided',
        turn,
        callId: call.id,
        tool: tool.name,
        verdict: granted ? 'allow' : 'deny',
        rule,
        what,
        by,
        ...more,
      });
    const by = rule === null ? 'default' : 'rule';
    if (action === 'allow') {
      // What no rule names and nothing holds back is no decision.
      if (rule !== null) decided(true, by);
      return null;
    }
    if (action === 'deny') {
      decided(false, by);
      return refusal(forbidden(verdict), by, rule);
    }
    if (approve === null) {
      decided(false, 'headless');
      return refusal(`${asks(verdict)}, and nobody is there to ask.`, 'headless', rule);
    }
    const key = callKey(tool, input, place);
    const known = always.has(key);
    const asked = { tool: tool.name, call: callText(input), what, rule: rule ?? 'the default' };
    const { answer, words } = known ? { answer: 'yes', words: '' } : await ask(asked, key);
    signal.throwIfAborted();
    if (answer === 'always') always.add(key);
    if (answer === 'no') {
      decided(false, 'user', { words });
      const said = words === '' ? '' : ` They say: ${words}`;
      return refusal(`the user was asked and said no.${said}`, 'user', rule);
    }
    decided(true, 'user', answer === 'always' || known ? { always: true } : {});
    return null;
  };
}

function forbidden({ rule, what }: Verdict): string {
  return rule === null
    ? `the policy allows only what its rules name, and none of them names this: ${what}.`
    : `the policy's rule deny ${rule} forbids this: ${what}.`;
}

function asks({ rule, what }: Verdict): string {
  const who = rule === null ? 'the policy' : `the policy's rule ask ${rule}`;
  return `${who} lets a person decide about this: ${what}`;
}

/** What makes two calls the same for a person who has said yes to one: what is written to a file does not matter. */
function callKey(tool: Tool, input: unknown, { cwd }: Place): string {
  const written = (tool.reaches?.(input) ?? []).flatMap((reach) =>
    reach.kind === 'write' ? [posix.resolve(cwd, reach.path)] : [],
  );
  return JSON.stringify([tool.name, written.length > 0 ? written : input]);
}

/** A call's arguments as a person reads them: each by its name, text as it is. */
export function callText(input: unknown): string {
  if (typeof input !== 'object' || input === null) return JSON.stringify(input) ?? '';
  return Object.entries(input)
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}`)
    .join('\n');
}
