/** Which items leave the view together, and which of the user's messages among them stay. Pure. */
import { type HistoryItem, handleOf } from '../session/index.ts';
import { type Action, sizeOf } from './view.ts';

/** What the newest prompts take, the task and the newest left out, may be at most `budget` counted tokens. */
export function promptsThatStay(seen: readonly HistoryItem[], budget: number): Set<number> {
  const prompts = seen.filter(({ kind }) => kind === 'prompt');
  const stay = new Set([prompts[0], prompts.at(-1)].flatMap((item) => item?.id ?? []));
  let left = budget;
  for (const item of prompts.toReversed()) {
    if (stay.has(item.id)) continue;
    left -= sizeOf(item);
    if (left < 0) break;
    stay.add(item.id);
  }
  return stay;
}

/**
 * The actions by which the seen items before index `end` leave the view, but for prompts that stay. Empty where nothing
 * would leave. An earlier handoff is not named: a newer one takes its place.
 */
export function dropBefore(
  seen: readonly HistoryItem[],
  end: number,
  stay: ReadonlySet<number>,
  reason: string,
): Action[] {
  const going = seen.slice(0, end).filter(({ kind }) => kind !== 'handoff');
  const leaving = going.filter(({ id }) => !stay.has(id));
  const [first, last] = [leaving[0], leaving.at(-1)];
  if (first === undefined || last === undefined) return [];
  const between = going.filter(({ id }) => id > first.id && id < last.id && stay.has(id));
  return [
    {
      type: 'drop',
      from: handleOf(first),
      to: handleOf(last),
      items: leaving.length,
      before: leaving.reduce((sum, item) => sum + sizeOf(item), 0),
      reason,
    },
    ...between.map((item): Action => {
      return { type: 'keep', handle: handleOf(item), before: sizeOf(item), reason: 'said by the user' };
    }),
  ];
}
