/** Measures of several seeds as rows of Markdown tables. Pure. */
import type { Measures } from './measure.ts';
import type { WorkloadName } from './workload.ts';

/** The runs of one strategy at one window on one workload, a run for each seed. */
export type Cell = { workload: WorkloadName; window: number; strategy: string; runs: Measures[] };

export type Table = { head: string[]; rows: string[][] };

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean, and where the seeds differ their range. */
function spread(values: readonly number[], show: (value: number) => string): string {
  const [least, most] = [show(Math.min(...values)), show(Math.max(...values))];
  return least === most ? least : `${show(mean(values))} (${least}–${most})`;
}

const whole = (value: number) => value.toFixed(0);
const millions = (value: number) => `${(value / 1e6).toFixed(2)} M`;

/** A workload's table, a row for each window and strategy. */
export function mainTable(cells: readonly Cell[]): Table {
  const head =
    'window|strategy|ended|facts in view|in view, mean|reachable|written down|constraints|repeated steps|compactions|requests (refused)|input tokens|of that, to recall|prefix reuse|cost';
  const rows = cells.map(({ window, strategy, runs }) => {
    const of = (pick: (run: Measures) => number, show = whole) => spread(runs.map(pick), show);
    const ended = runs.filter(({ finished }) => finished).length;
    const codes = [...new Set(runs.filter(({ finished }) => !finished).map(({ exitCode }) => exitCode))];
    return [
      `${whole(window / 1000)}k`,
      strategy,
      `${ended} of ${runs.length}${codes.length > 0 ? `, else exit ${codes.join(', ')}` : ''}`,
      `${of((run) => run.inView)} of ${of((run) => run.facts)}`,
      of(
        (run) => run.meanInView,
        (value) => `${whole(100 * value)} %`,
      ),
      of((run) => run.reachable),
      of((run) => run.written),
      `${of((run) => run.constraintsIntact)} of ${of((run) => run.constraints)}`,
      of((run) => run.repeatedSteps),
      of((run) => run.compactions),
      `${of((run) => run.requests)} (${of((run) => run.refused)})`,
      of((run) => run.inputTokens, millions),
      of((run) => run.recallTokens, millions),
      of(
        (run) => run.prefixReuse,
        (value) => value.toFixed(3),
      ),
      of(
        (run) => run.costUsd,
        (value) => `$${value.toFixed(2)}`,
      ),
    ];
  });
  return { head: head.split('|'), rows };
}

/** What is in view, and reachable, of each kind of fact: shares over all seeds. */
export function kindTable(cells: readonly Cell[]): Table {
  const kinds = ['constraint', 'correction', 'file', 'command', 'decision'] as const;
  const rows = cells.map(({ window, strategy, runs }) => [
    `${whole(window / 1000)}k`,
    strategy,
    ...kinds.map((kind) => {
      const counts = runs.flatMap((run) => run.byKind[kind] ?? []);
      const share = (pick: (count: (typeof counts)[number]) => number) =>
        whole(
          (100 * counts.reduce((sum, one) => sum + pick(one), 0)) / counts.reduce((sum, one) => sum + one.facts, 0),
        );
      return counts.length === 0 ? '-' : `${share((one) => one.inView)} / ${share((one) => one.reachable)} %`;
    }),
  ]);
  return { head: ['window', 'strategy', ...kinds.map((kind) => `${kind}s`)], rows };
}

/** A line of the decay curve: after each compaction the mean share in view, over the seeds that had so many. */
export type DecayLine = { name: string; shares: number[] };

export function decayLine({ strategy, runs }: Cell): DecayLine {
  const longest = Math.max(0, ...runs.map(({ decay }) => decay.length));
  const shares = Array.from({ length: longest }, (_, index) => mean(runs.flatMap(({ decay }) => decay[index] ?? [])));
  return { name: strategy, shares };
}

/** The decay as a table, a column for each compaction up to `most`. */
export function decayTable(lines: readonly DecayLine[], most = 12): Table {
  const columns = Math.min(most, Math.max(0, ...lines.map(({ shares }) => shares.length)));
  const numbers = Array.from({ length: columns }, (_, index) => index);
  return {
    head: ['strategy', ...numbers.map((index) => String(index + 1))],
    rows: lines.map(({ name, shares }) => [
      name,
      ...numbers.map((index) => (shares[index] === undefined ? '-' : `${whole(100 * shares[index])} %`)),
    ]),
  };
}
