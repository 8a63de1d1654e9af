/** What a session has cost in all, and each of its models where there were several. */
import { addUsage, NO_USAGE, type Usage } from '../../models/index.ts';
import type { SessionEvent } from '../../session/index.ts';
import { spending } from './text.ts';

/**
 * By model: the requests that count as a turn, and the usage of all, failed ones and those for summaries included. `at` is
 * the model at work: what a compaction has used is its.
 */
export type Totals = { at: string; byModel: Map<string, { turns: number; usage: Usage }> };

/** Before the first event. */
export function noTotals(): Totals {
  return { at: '', byModel: new Map() };
}

/** Adds an event's usage to the totals, if it has one. */
export function addToTotals(totals: Totals, event: SessionEvent): void {
  switch (event.type) {
    case 'session.created':
    case 'model.changed':
      totals.at = event.model;
      break;
    case 'model.responded':
      add(totals, event.message.model, event.stopReason === 'error' ? 0 : 1, event.usage);
      break;
    case 'compaction.finished':
    case 'compaction.failed':
      // The others ask no model.
      if (event.rung === 'summarise') add(totals, totals.at, 0, event.usage);
      break;
    default:
  }
}

function add({ byModel }: Totals, model: string, counted: number, used: Usage): void {
  const { turns, usage } = byModel.get(model) ?? { turns: 0, usage: NO_USAGE };
  byModel.set(model, { turns: turns + counted, usage: addUsage(usage, used) });
}

/** A line for each model where there are several, and one for all; none where no model was asked. */
export function totalLines({ byModel }: Totals): string[] {
  const all = [...byModel.values()].reduce(
    (sum, { turns, usage }) => ({ turns: sum.turns + turns, usage: addUsage(sum.usage, usage) }),
    { turns: 0, usage: NO_USAGE },
  );
  const line = (name: string, { turns, usage }: { turns: number; usage: Usage }) =>
    `${name}: ${turns} ${turns === 1 ? 'turn' : 'turns'}, ${spending(usage)}`;
  const each = [...byModel].map(([model, spent]) => line(model, spent));
  return [...(each.length > 1 ? each : []), ...(each.length > 0 ? [line('in all', all)] : [])];
}
