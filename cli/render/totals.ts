/** What a session has cost in all, and each of its models where there were several. */
import { addUsage, NO_USAGE, type Usage } from '../../models/index.ts';
import type { SessionEvent } from '../../session/index.ts';
import { spending } from './text.ts';

/** By model: the requests that count as a turn, and the usage of all, failed ones included. */
export type Totals = Map<string, { turns: number; usage: Usage }>;

/** Adds an event's usage to the totals, if it has one. */
export function addToTotals(totals: Totals, event: SessionEvent): void {
  if (event.type === 'compaction.finished' || event.type === 'compaction.failed') {
    // The summary is of the model that was at work, whose responses come before it.
    const [name, spent] = [...totals].at(-1) ?? [];
    if (name !== undefined && spent) totals.set(name, { ...spent, usage: addUsage(spent.usage, event.usage) });
    return;
  }
  if (event.type !== 'model.responded') return;
  const { turns, usage } = totals.get(event.message.model) ?? { turns: 0, usage: NO_USAGE };
  const counted = event.stopReason === 'error' ? 0 : 1;
  totals.set(event.message.model, { turns: turns + counted, usage: addUsage(usage, event.usage) });
}

/** A line for each model where there are several, and one for all; none where no model was asked. */
export function totalLines(totals: Totals): string[] {
  const all = [...totals.values()].reduce(
    (sum, { turns, usage }) => ({ turns: sum.turns + turns, usage: addUsage(sum.usage, usage) }),
    { turns: 0, usage: NO_USAGE },
  );
  const line = (name: string, { turns, usage }: { turns: number; usage: Usage }) =>
    `${name}: ${turns} ${turns === 1 ? 'turn' : 'turns'}, ${spending(usage)}`;
  const each = [...totals].map(([model, spent]) => line(model, spent));
  return [...(each.length > 1 ? each : []), ...(each.length > 0 ? [line('in all', all)] : [])];
}
