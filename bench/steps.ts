/**
 * `npm run bench:steps`: what Drydock itself costs per step. A model server without latency asks for shell steps in the
 * Docker sandbox; a step is the time from the end of its reply to the arrival of the next request. The server runs in
 * this process, on the same cores.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get_encoding } from 'tiktoken';
import { type JournalEntry, startModelServer } from '../test/model-server.ts';
import { type Measured, machine, measure, median, packedEntry, percentile, printTable } from './measure.ts';

const RUNS = 5;
const entry = packedEntry();

function makeRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-repo-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=b', '-c', 'user.email=b@b', ...args], { cwd: folder });
  git('init', '-q', '-b', 'main');
  mkdirSync(join(folder, 'src'));
  for (let i = 0; i < 20; i += 1) writeFileSync(join(folder, 'src', `file${i}.js`), `export const value${i} = ${i};\n`);
  git('add', '-A');
  git('commit', '-qm', 'base');
  return folder;
}

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

type Run = Measured & { steps: number[]; firstRequestMs: number; firstTokens: number; reuse: number };

async function run(steps: number): Promise<Run> {
  const server = await startModelServer((turn) =>
    turn < steps ? { toolCalls: [{ name: 'shell', arguments: { command: `echo step ${turn}` } }] } : { text: 'Done.' },
  );
  const cwd = makeRepository();
  const state = mkdtempSync(join(tmpdir(), 'drydock-bench-state-'));
  const env = { ...process.env, ...server.env, XDG_STATE_HOME: state, NODE_OPTIONS: '' };
  const measured = await measure(
    process.execPath,
    [entry, 'run', '--max-turns', String(steps + 5), 'Take the steps.'],
    { cwd, env },
  );
  await server.close();
  if (measured.exitCode !== 0) throw new Error(`exit ${measured.exitCode}: ${measured.stderr}`);
  const { journal } = server;
  if (journal.length !== steps + 1) throw new Error(`${journal.length} requests instead of ${steps + 1}`);
  const views = journal.map(cacheView);
  const reused = views.slice(1).reduce((sum, view, index) => sum + commonPrefix(views[index] ?? '', view), 0);
  const encoding = get_encoding('o200k_base');
  const firstTokens = encoding.encode(views[0] ?? '').length;
  encoding.free();
  return {
    ...measured,
    // The first step waits for the container, so it is start-up, not a step.
    steps: journal.slice(2).map((request, index) => request.atMs - (journal[index + 1]?.repliedAtMs ?? Number.NaN)),
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
  const runs: Run[] = [];
  for (let i = 0; i < RUNS; i += 1) runs.push(await run(steps));
  const all = runs.flatMap((one) => one.steps);
  const of = (pick: (one: Run) => number) => median(runs.map(pick));
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
