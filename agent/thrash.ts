/** When a compaction is not worth making or does not help any more, and what is then said. Pure. */
import { type Budget, type Rung, type Situation, seenItems, sizeOf } from '../compaction/index.ts';
import type { SessionState } from '../session/index.ts';
import type { RunEnd } from './limits.ts';

/** Compactions with at most so many turns between them are close. */
const CLOSE_TURNS = 1;
/** After so many close ones in a row no model is asked any more: a summary a turn is what the peers' loops are made of. */
const CLOSE_WITHOUT_MODEL = 2;
/** After so many the task does not move. */
const CLOSE_TO_STOP = 8;
/** A summary that frees so much of what makes a compaction begin is worth having, though another must follow. */
const ROUND_SHARE = 0.4;

/**
 * The index of the rung to begin with; null: no compaction helps any more. `compactions` are those so far, oldest first,
 * `turns` how many turns there were until now.
 */
export function startRung(
  rungs: readonly Rung[],
  compactions: SessionState['fit']['compactions'],
  turns: number,
): number | null {
  let close = 0;
  let later = turns;
  // Several at one time are the rounds of one.
  for (const at of [...new Set(compactions.map((each) => each.turns))].toReversed()) {
    if (later - at > CLOSE_TURNS) break;
    if (later !== at) close += 1;
    later = at;
  }
  if (close >= CLOSE_TO_STOP) return null;
  if (close < CLOSE_WITHOUT_MODEL) return 0;
  const withoutModel = rungs.findIndex((rung, index) => index > rungs.indexOf('summarise') && rung !== 'fold');
  return Math.max(0, withoutModel);
}

/** What takes the room, largest first: `the newest turn 9000, messages of the user 5000, …`. `tokens` makes them the provider's. */
export function whatFills({ history, base }: Situation, tokens: (count: number) => number): string {
  const seen = seenItems(history);
  const sum = (items: typeof seen) => items.reduce((total, item) => total + sizeOf(item), 0);
  const last = seen.at(-1)?.kind === 'response' ? seen.slice(-1) : [];
  const parts: [string, number][] = [
    ['system prompt and tools', base],
    ['messages of the user', sum(seen.filter(({ kind }) => kind === 'prompt'))],
    ['the newest turn', sum(last)],
    ['the rest of the history', sum(seen.filter((item) => item.kind !== 'prompt' && !last.includes(item)))],
  ];
  return parts
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([what, count]) => `${what} ${tokens(count)}`)
    .join(', ');
}

/** Whether a change is worth making, rather than the next rung's; after the last there is none. Counted tokens. */
export function isEnough(
  after: number,
  before: number,
  { target, trigger }: Budget,
  rung: Rung,
  isLast: boolean,
): boolean {
  if (after <= target || isLast) return after < before;
  // Where not all could be read at once, another round follows.
  return rung === 'summarise' && before - after >= trigger * ROUND_SHARE;
}

/** The end of a run whose history cannot be made to fit, with what fills the window. */
export function tooSmall(situation: Situation, size: number, why: string, tokens: (count: number) => number): RunEnd {
  const usable = why === '' ? '' : ` of ${tokens(situation.budget.usable)}`;
  const takes = `the request takes about ${tokens(size)}${usable} tokens`;
  return {
    outcome: 'limit',
    message: `context too small: ${why === '' ? '' : `${why}; `}${takes}: ${whatFills(situation, tokens)}`,
    hint: 'use a model with a larger context window (--model, --context-window), shorten the instructions, or split the task; go on with `drydock resume`',
  };
}
