/**
 * `npm run bench:steps`: what Drydock itself costs per step. A model server without latency asks for shell steps in the
 * Docker sandbox; a step is the time from the end of its reply to the arrival of the next request. The server runs in
 * this process, on the same cores. Then a session of 2,000 turns (`long.ts`) and turns of eight calls (`parallel.ts`), each
 * of which also runs alone: `bash scripts/bench.sh bench/long.ts`.
 */
import { tmpdir } from 'node:os';
import { get_encoding } from 'tiktoken';
import type { JournalEntry } from '../test/model-server.ts';
import { measureLongSessions } from './long.ts';
import { machine, measure, median, packedEntry, percentile, printTable } from './measure.ts';
import { measureParallel } from './parallel.ts';
import { stepRun } from './runs.ts';

const RUNS = 5;
const entry = packedEntry();

/** What a provider's prompt cache sees of a request: system, tools, then the messages; cache marks are no content. */
function cacheView(entry: JournalEntry): string {
  const body = JSON.parse(entry.body, (key, value) => (key === 'cache_control' ? undefined : value));
  return [body.system, body.tools, ...body.messages].map((part) => JSON.stringify(part)).join('\n');
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

async function run(steps: number) {
  const turn = (number: number) => ({
    toolCalls: [{ name: 'shell', arguments: { command: `echo step ${number}` } }],
  });
  const measured = await stepRun({ entry, steps, turn, bodies: 'all' });
  const { journal } = measured;
  const views = journal.map(cacheView);
  const reused = views.slice(1).reduce((sum, view, index) => sum + commonPrefix(views[index] ?? '', view), 0);
  const encoding = get_encoding('o200k_base');
  const firstTokens = encoding.encode(views[0] ?? '').length;
  encoding.free();
  return {
    ...measured,
    firstRequestMs: (journal[0]?.atMs ?? Number.NaN) - measured.startedAt,
    firstTokens,
    reuse: reused / views.slice(1).reduce((sum, view) => sum + view.length, 0),
  };
}

async function versionMs(): Promise<number> {
  const { wallMs } = await measure(process.execPath, [entry, '--version'], { cwd: tmpdir(), env: process.env });
  return wallMs;
}

const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;

console.log(`${machine()}\n`);
const spawned: number[] = [];
const started: number[] = [];
for (let i = 0; i < 21; i += 1) {
  const options = { cwd: tmpdir(), env: process.env };
  spawned.push((await measure('/bin/true', [], options)).wallMs);
  started.push((await measure(process.execPath, ['-e', '0'], options)).wallMs);
}
console.log(`For comparison, here and now: /bin/true ${ms(median(spawned))}, node -e 0 ${ms(median(started))}.\n`);
await run(1); // fills the compile cache and the engine's page cache
const rows: string[][] = [];
for (const steps of [1, 40, 200]) {
  const runs: Awaited<ReturnType<typeof run>>[] = [];
  for (let i = 0; i < RUNS; i += 1) runs.push(await run(steps));
  const all = runs.flatMap((one) => one.stepsMs);
  const of = (pick: (one: (typeof runs)[number]) => number) => median(runs.map(pick));
  rows.push([
    String(steps),
    all.length === 0 ? '-' : ms(median(all)),
    all.length === 0 ? '-' : ms(percentile(all, 95)),
    ms(of((one) => one.firstRequestMs)),
    ms(of((one) => one.wallMs)),
    ms(of((one) => one.cpuMs)),
    `${of((one) => one.peakRssMb).toFixed(0)} MB`,
    String(of((one) => one.firstTokens)),
    steps === 1 ? '-' : of((one) => one.reuse).toFixed(3),
  ]);
}
printTable(
  [
    'shell steps',
    'per step, median',
    'p95',
    'start to first request',
    'wall',
    'CPU',
    'peak RSS',
    'tokens of first request',
    'prefix reuse',
  ],
  rows,
);
const versions: number[] = [];
for (let i = 0; i < 11; i += 1) versions.push(await versionMs());
console.log(`\n\`drydock --version\`: ${ms(median(versions))} (median of ${versions.length})`);
await measureLongSessions(entry);
await measureParallel(entry);
