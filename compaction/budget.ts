/** How much of a model's window a history may take. Pure arithmetic, in tokens. */

/** What a model can take in, as far as it is known. */
export type Room = {
  /** Input and output together. */
  contextWindow: number;
  maxOutputTokens: number;
  /** Where a compaction begins, by the agent configuration; null: as the window has it. */
  at: number | null;
  /** By which counts are multiplied to be the provider's tokens. */
  factor: number;
  /** The smallest request, in counted tokens, that the provider has refused as too long; null: none. */
  refusedAt: number | null;
};

/** All in counted tokens, as `models/tokens.ts` counts them before a provider's reports correct it. */
export type Budget = {
  window: number;
  /** What a request may hold, with room for the answer. */
  usable: number;
  /** A request that is larger is compacted first. */
  trigger: number;
  /**
   * The same where the provider compacts by itself at `trigger`: all that can be sent is left to it, and only what has grown
   * past that at once, or does not get smaller, is ours.
   */
  net: number;
  /** What a compaction comes below, so that the next one is not near. */
  target: number;
  /** Of the newest items, what stays as it is. */
  tail: number;
  /** Of the user's earlier messages, what stays word for word besides the first and the newest. */
  prompts: number;
  summary: number;
  ledger: number;
  /** Of one tool result. */
  result: number;
};

/** Output that is kept free at most: more is rarely written, and opencode and Codex keep about as much. */
const MAX_RESERVE = 20_000;
/** Of what is usable, where a compaction begins: what is new in a turn must still fit. */
const TRIGGER_SHARE = 0.8;
const TARGET_SHARE = 0.6;
/** What the provider has refused, and a little less, would be refused again: its tokens are not the counted ones. */
const REFUSED_SHARE = 0.75;
const TAIL_SHARE = 0.15;
const MAX_TAIL = 20_000;
const PROMPTS_SHARE = 0.1;
const HANDOFF_SHARE = 0.08;
const RESULT_SHARE = 0.25;

/** The budget of a model. A window of any size gives one; whether a task fits into it shows later. */
export function budgetOf({ contextWindow, maxOutputTokens, at, factor, refusedAt }: Room): Budget {
  const reserve = Math.min(maxOutputTokens, MAX_RESERVE, contextWindow / 4);
  const counted = (tokens: number) => Math.floor(tokens / factor);
  const usable = Math.min(counted(contextWindow - reserve), refusedAt ?? Number.POSITIVE_INFINITY);
  const net = Math.floor(Math.min(usable, refusedAt === null ? Number.POSITIVE_INFINITY : refusedAt * REFUSED_SHARE));
  const trigger = Math.floor(Math.min(at === null ? usable * TRIGGER_SHARE : counted(at), net));
  const share = (of: number, least = 0, most = Number.POSITIVE_INFINITY) =>
    Math.floor(Math.min(most, Math.max(least, trigger * of)));
  return {
    window: counted(contextWindow),
    usable,
    trigger,
    net,
    target: share(TARGET_SHARE),
    tail: share(TAIL_SHARE, 0, MAX_TAIL),
    prompts: share(PROMPTS_SHARE, 0, MAX_TAIL),
    summary: share(HANDOFF_SHARE, Math.min(600, trigger / 8), 4000),
    ledger: share(HANDOFF_SHARE, Math.min(600, trigger / 8), 6000),
    result: share(RESULT_SHARE),
  };
}
