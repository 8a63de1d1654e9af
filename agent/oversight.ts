/**
 * What stands between a model and what it does: the policy before a call, secrets taken out behind it, hooks around it, and
 * the last look at a change before it is handed over.
 */
import { posix } from 'node:path';
import type { ToolCallPart } from '../models/index.ts';
import type { FileChange } from '../sandbox/index.ts';
import type { Session } from '../session/index.ts';
import { readCall, type Tool, type ToolResult, textResult } from '../tools/index.ts';
import { addedText, blockedEnd, tooLarge, tooLargeEnd } from './guard/hand-over.ts';
import { finder, PATTERN_BUDGET_MS } from './guard/patterns.ts';
import { countRedacted, createRedactor, placeholderIn, type Redactor } from './guard/redact.ts';
import { createHooks, type HookWord } from './hooks/hooks.ts';
import { hookEnv } from './hooks/run.ts';
import type { Limits, RunEnd } from './limits.ts';
import { mayRead, type Place } from './policy/decide.ts';
import { type Approve, createGate, type Decider, refusal } from './policy/gate.ts';
import type { CompactionHooks } from './room.ts';
import type { Rules } from './rules.ts';
import type { Log } from './turn.ts';

export type OversightOptions = {
  session: Session;
  rules: Rules;
  /** What can be called now. */
  tools: () => readonly Tool[];
  place: Place;
  limits: Limits;
  env: NodeJS.ProcessEnv;
  secretEnv: NodeJS.ProcessEnv;
  /** Where hooks run: the folder of the user's settings, into which no sandbox writes. */
  hookFolder: string;
  approve: Approve | null;
  log: Log;
  signal: AbortSignal;
};

export type Oversight = Pick<Redactor, 'text' | 'bytes'> & {
  mayRead(path: string): boolean;
  /** Before a call starts: its refusal, or null. */
  before(call: ToolCallPart, turn: number): Promise<ToolResult | null>;
  /** A call's result as the model and the log get it. */
  after(call: ToolCallPart, turn: number, result: ToolResult): Promise<ToolResult>;
  /** Before the first request: the end of a run that a hook does not want. */
  start(task: string): Promise<RunEnd | null>;
  /** Around a compaction of the history. */
  compaction: CompactionHooks;
  /** When the model says that it is done: `told`, where a hook objects and the model has been told; or the run's end. */
  stop(text: string): Promise<'fine' | 'told' | RunEnd>;
  /** When all is done. */
  end(how: RunEnd, exitCode: number, branch: string | null): Promise<void>;
  /** Notes how large the change is by now; `news` tells the model once where it has become too large. */
  seen(files: readonly FileChange[]): void;
  news(): boolean;
  /** The end of a run whose change must not be handed over, or null. `patch` is asked for only where it matters. */
  refuses(files: readonly FileChange[], patch: () => Promise<Buffer | null>): Promise<RunEnd | null>;
};

/** So often in a run a hook may send the model back that says that it is done. */
const MAX_OBJECTIONS = 3;
/** Of a result's text, what hooks are told. */
const MAX_TOLD_CHARACTERS = 65_536;

/** Makes the oversight of a run. */
export function createOversight(options: OversightOptions): Oversight {
  const { session, rules, tools, place, limits, env, log, signal } = options;
  const redactor = createRedactor(rules.guard, options.secretEnv);
  const gate = createGate({ ...options, policy: rules.policy });
  const findBlocked = rules.guard.blocked.length === 0 ? null : finder(rules.guard.blocked);
  const inPlace = session.created.sandbox.backend === 'host';
  const repository = session.created.repository?.root ?? place.root;
  const hooks = createHooks({
    hooks: rules.hooks,
    world: { cwd: options.hookFolder, env: hookEnv(env) },
    common: { session: session.id, model: session.created.model, repository },
    redact: redactor.text,
    log,
    signal,
  });
  let objections = 0;
  let oversize: string | null = null;
  let isTold = false;

  /** The first expression of the user's that a text must not hold and does; or that cannot be decided in time. */
  const blockedIn = (text: string): string | null => {
    if (findBlocked === null || text === '') return null;
    const found = findBlocked(text);
    if (found === null) return `undecided: the expressions took longer than ${PATTERN_BUDGET_MS} ms`;
    const index = found.findIndex((spans) => spans.length > 0);
    return index === -1 ? null : (rules.guard.blocked[index] ?? null);
  };

  const refuse = (
    call: ToolCallPart,
    turn: number,
    by: Decider,
    rule: string,
    what: string,
    why: string,
  ): ToolResult => {
    log({ type: 'policy.decided', turn, callId: call.id, tool: call.name, verdict: 'deny', rule, what, by });
    return refusal(why, by, rule);
  };

  const guarded = (call: ToolCallPart, turn: number): ToolResult | null => {
    const read = readCall(tools(), call);
    if ('refusal' in read || read.tool.touches === 'nothing') return null;
    const mark = rules.guard.redact ? placeholderIn(read.input) : null;
    if (mark !== null) {
      const why = `${mark} stands for a secret that is kept from you. No file and no command holds these words, so they cannot be looked for, and must not be written. Leave the line as it is and change what is around it, or do it by a command that needs not name the secret.`;
      return refuse(call, turn, 'guard', 'guard.redact', mark, why);
    }
    for (const reach of read.tool.reaches?.(read.input) ?? []) {
      const blocked = reach.kind === 'write' ? blockedIn(reach.text ?? '') : null;
      if (blocked === null || reach.kind !== 'write') continue;
      const why = `what would be written to ${reach.path} holds what the user has blocked (${blocked}).`;
      return refuse(
        call,
        turn,
        'guard',
        `guard.blocked ${blocked}`,
        `write ${posix.resolve(place.cwd, reach.path)}`,
        why,
      );
    }
    return null;
  };

  return {
    text: redactor.text,
    bytes: redactor.bytes,
    mayRead: (path) => mayRead(rules.policy, path, place),

    async before(call, turn) {
      const refused = guarded(call, turn) ?? (await gate(call, turn));
      if (refused || !rules.hooks['before-tool']) return refused;
      const about = { tool: call.name, callId: call.id, arguments: call.arguments };
      const { blocked } = await hooks('before-tool', about, { tool: call.name, callId: call.id });
      signal.throwIfAborted();
      if (blocked === null) return null;
      const why = `a hook of the user forbids it: ${blocked.reason}`;
      return refuse(call, turn, 'hook', blocked.command, call.name, why);
    },

    async after(call, _turn, result) {
      const clean = cleanResult(result, redactor);
      if (!rules.hooks['after-tool']) return clean;
      const text = clean.content.map((part) => (part.type === 'text' ? part.text : '[image]')).join('\n');
      const about = {
        tool: call.name,
        callId: call.id,
        arguments: call.arguments,
        isError: clean.isError,
        text: text.slice(0, MAX_TOLD_CHARACTERS),
      };
      const word = await hooks('after-tool', about, { tool: call.name, callId: call.id });
      return withWord(clean, word);
    },

    async start(task) {
      const { blocked, text } = await hooks('session-start', { task });
      if (text !== '') log({ type: 'notice', reason: 'hook', text: `From a hook of the user: ${text}` });
      if (blocked === null) return null;
      return {
        outcome: 'usage',
        message: `the session-start hook refused the run: ${blocked.reason}`,
        hint: blocked.command,
      };
    },

    compaction: {
      async before(about) {
        const { blocked, text } = await hooks('before-compaction', about);
        return { focus: text, refused: blocked?.reason ?? null };
      },
      async after(about) {
        await hooks('after-compaction', about);
      },
    },

    async stop(text) {
      const { blocked } = await hooks('stop', { text: redactor.text(text).slice(0, MAX_TOLD_CHARACTERS) });
      if (blocked === null) return 'fine';
      objections += 1;
      if (objections > MAX_OBJECTIONS) {
        return {
          outcome: 'gave_up',
          message: `the stop hook still objects after ${MAX_OBJECTIONS} times: ${blocked.reason}`,
          hint: 'the work is kept; go on with `drydock resume`',
        };
      }
      log({ type: 'notice', reason: 'hook', text: `Not done yet, says a hook of the user: ${blocked.reason}` });
      return 'told';
    },

    async end({ outcome, message }, exitCode, branch) {
      await hooks('session-end', { outcome, exitCode, message, branch });
    },

    seen(files) {
      oversize = tooLarge(files, limits);
    },

    news() {
      if (oversize === null || isTold) return false;
      isTold = true;
      const text = `Your change is larger than the user lets be handed over: ${oversize}. As it is it will be refused. Make it smaller, or take back what the task does not need.`;
      log({ type: 'notice', reason: 'max_diff', text });
      return true;
    },

    async refuses(files, patch) {
      const over = tooLarge(files, limits);
      if (over !== null) return tooLargeEnd(over, inPlace);
      if (findBlocked === null) return null;
      const text = (await patch())?.toString('utf8');
      // A patch that cannot be made cannot be looked at either.
      const blocked = text === undefined ? 'undecided: there is no patch to look at' : blockedIn(addedText(text));
      return blocked === null ? null : blockedEnd(blocked, inPlace);
    },
  };
}

/** A result without secrets, and with their number. */
function cleanResult(result: ToolResult, redactor: Redactor): ToolResult {
  const content = result.content.map((part) =>
    part.type === 'text' ? { ...part, text: redactor.text(part.text) } : part,
  );
  const details = Object.fromEntries(Object.entries(result.details).map(([key, value]) => [key, redactor.json(value)]));
  const redacted = countRedacted(content.map((part) => (part.type === 'text' ? part.text : '')).join('\n'));
  return { ...result, content, details: Object.keys(redacted).length === 0 ? details : { ...details, redacted } };
}

/** A result with what hooks say of it: an objection takes its place. */
function withWord(result: ToolResult, { blocked, text }: HookWord): ToolResult {
  if (blocked !== null) {
    const { content } = textResult(`A hook of the user keeps back what this call gave: ${blocked.reason}`);
    return { content, isError: true, details: { ...result.details, withheld: true } };
  }
  if (text === '') return result;
  return { ...result, content: [...result.content, { type: 'text', text: `[hook: ${text}]` }] };
}
