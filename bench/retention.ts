/**
 * `npm run bench:retention`: what a session still knows after many compactions, for each strategy, window and workload.
 * docs/retention.md describes the workloads, the deterministic model and all measures. With `--model PROVIDER:NAME` a real
 * model does the work instead, over your key.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine, packedEntry, printTable } from './measure.ts';
import { decaySvg } from './retention/decay-svg.ts';
import { realRun } from './retention/real-run.ts';
import { type Cell, decayLine, decayTable, kindTable, mainTable, type Table } from './retention/report.ts';
import { retentionRun } from './retention/run.ts';
import { createCounter } from './retention/tokens.ts';
import { WORKLOADS } from './retention/workload.ts';

const STRATEGIES = ['none', 'truncate', 'summary', 'layered'];
const WINDOWS = [16_000, 32_000, 128_000];
const SEEDS = 5;

const { values: options } = parseArgs({
  options: {
    /** One seed at 32k. */
    quick: { type: 'boolean', default: false },
    strategy: { type: 'string', multiple: true },
    window: { type: 'string', multiple: true },
    workload: { type: 'string', multiple: true },
    seeds: { type: 'string' },
    /** PROVIDER:NAME: a real model. */
    model: { type: 'string' },
    /** Writes the decay curve of workload B at 32k, or at the first window that is run. */
    svg: { type: 'string' },
    /** Keeps the sessions' folders and prints where they are. */
    keep: { type: 'boolean', default: false },
  },
});
const strategies = options.strategy ?? STRATEGIES;
const windows = options.window?.map(Number) ?? (options.quick ? [32_000] : WINDOWS);
const workloads = WORKLOADS.filter((name) => options.workload?.includes(name) ?? true);
const seeds = Number(options.seeds ?? (options.quick ? 1 : SEEDS));

const print = ({ head, rows }: Table) => {
  printTable(head, rows);
  console.log();
};

console.log(`${machine()}; ${options.model ?? 'the deterministic model'}; ${seeds} seeds\n`);
const counter = createCounter();
const entry = packedEntry();
const cells: Cell[] = [];
for (const workload of workloads) {
  for (const window of windows) {
    for (const strategy of strategies) {
      const cell: Cell = { workload, window, strategy, runs: [] };
      for (let seed = 1; seed <= seeds; seed += 1) {
        const keep = (folder: string) => console.error(`${workload} ${window} ${strategy} seed ${seed}: ${folder}`);
        const run = { entry, workload, window, strategy, seed, count: counter.count };
        const kept = options.keep ? { ...run, keep } : run;
        cell.runs.push(await (options.model === undefined ? retentionRun(kept) : realRun(options.model, kept)));
      }
      cells.push(cell);
      for (const { finished, exitCode, message } of cell.runs) {
        if (!finished) console.error(`${workload} ${window} ${strategy}: exit ${exitCode}: ${message}`);
      }
    }
  }
  console.log(`## Workload ${workload}\n`);
  print(mainTable(cells.filter((cell) => cell.workload === workload)));
}
counter.free();
const mixed = cells.filter(({ workload }) => workload === 'B');
console.log('## Workload B by kind: in view / reachable\n');
print(kindTable(mixed));
for (const window of windows) {
  console.log(`## Decay: workload B at ${window / 1000}k\n`);
  print(decayTable(mixed.filter((cell) => cell.window === window).map(decayLine)));
}
if (options.svg !== undefined) {
  const window = windows.includes(32_000) ? 32_000 : windows[0];
  const lines = mixed.filter((cell) => cell.window === window && cell.strategy !== 'none').map(decayLine);
  const title = `Facts in view, of those met so far, after each compaction (workload B, ${Number(window) / 1000}k window)`;
  writeFileSync(options.svg, decaySvg(title, lines));
}
