/** Tokens of requests, counted once for each part; and how much of a request an earlier one began with. */
import { get_encoding, type Tiktoken } from 'tiktoken';
import { isRecord } from '../../test/model-request.ts';
import type { CountTokens } from './summariser.ts';

/** Counts with o200k_base and remembers what it has counted. `free` when done: the encoding lies outside the heap. */
export type Counter = { count: CountTokens; free(): void };

/** Loading takes half a second, so one is made for all runs. */
export function createCounter(): Counter {
  const encoding: Tiktoken = get_encoding('o200k_base');
  const known = new Map<string, number>();
  return {
    count(text) {
      const before = known.get(text);
      if (before !== undefined) return before;
      const tokens = encoding.encode_ordinary(text).length;
      // Bounded: a long matrix would else keep every text of every run.
      if (known.size > 20_000) known.clear();
      known.set(text, tokens);
      return tokens;
    },
    free: () => encoding.free(),
  };
}

/** The parts of a request's body in the order in which a provider caches them: tools, system, then each message. */
export function partsOf(raw: Record<string, unknown>): string[] {
  const list = Array.isArray(raw.messages) ? raw.messages : Array.isArray(raw.input) ? raw.input : [];
  const system = raw.system ?? raw.instructions;
  return [raw.tools ?? [], ...(system === undefined ? [] : [system]), ...list].map((part: unknown) =>
    // Marks for the cache are no content.
    JSON.stringify(part, (key, value: unknown) => (key === 'cache_control' ? undefined : value)),
  );
}

/** Tokens of all parts. Each is encoded by itself, so a count is some tenths of a percent above that of the whole. */
export function tokensOf(parts: readonly string[], count: CountTokens): number {
  return parts.reduce((sum, part) => sum + count(part), 0);
}

/** How many whole parts two requests begin with in common. */
export function commonParts(a: readonly string[], b: readonly string[]): number {
  let common = 0;
  while (common < a.length && a[common] === b[common]) common += 1;
  return common;
}

/** Tokens of the longest common prefix of two requests, also within the first part that differs. */
export function commonTokens(a: readonly string[], b: readonly string[], count: CountTokens): number {
  const common = commonParts(a, b);
  const [left = '', right = ''] = [a[common], b[common]];
  let length = 0;
  while (length < left.length && left[length] === right[length]) length += 1;
  return tokensOf(a.slice(0, common), count) + count(left.slice(0, length));
}

/** What a request's answer has, in tokens. */
export function outputTokensOf(turn: { text?: string; toolCalls?: unknown[] }, count: CountTokens): number {
  return (
    count(turn.text ?? '') +
    (turn.toolCalls ?? []).reduce<number>((sum, call) => sum + count(isRecord(call) ? JSON.stringify(call) : ''), 0)
  );
}
