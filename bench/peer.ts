/**
 * `npm run bench:peer`: another agent on this machine, for comparison with `bench:steps`: pi (npm package below), which has
 * no sandbox, against the same scripted server without latency. Installs it from the npm registry into a temporary folder.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startModelServer } from '../test/model-server.ts';
import { machine, measure, median, percentile, printTable } from './measure.ts';

const PEER = '@mariozechner/pi-coding-agent@0.73.1';
const RUNS = 5;

const prefix = mkdtempSync(join(tmpdir(), 'drydock-bench-peer-'));
execFileSync('npm', ['install', '--prefix', prefix, '--no-save', '--silent', PEER], { stdio: 'inherit' });
const entry = join(prefix, 'node_modules/@mariozechner/pi-coding-agent/dist/cli.js');

async function run(steps: number) {
  const server = await startModelServer((turn) =>
    turn < steps ? { toolCalls: [{ name: 'bash', arguments: { command: `echo step ${turn}` } }] } : { text: 'Done.' },
  );
  const cwd = mkdtempSync(join(tmpdir(), 'drydock-bench-repo-'));
  execFileSync('git', ['init', '-q'], { cwd });
  const home = mkdtempSync(join(tmpdir(), 'drydock-bench-home-'));
  mkdirSync(join(home, '.pi/agent'), { recursive: true });
  const models = { providers: { anthropic: { baseUrl: server.env.ANTHROPIC_BASE_URL } } };
  writeFileSync(join(home, '.pi/agent/models.json'), JSON.stringify(models));
  const env = { PATH: process.env.PATH, HOME: home, ANTHROPIC_API_KEY: 'none', PI_OFFLINE: '1' };
  const args = [entry, '--print', '--offline', '--model', 'anthropic/claude-sonnet-4-5', 'Take the steps.'];
  const measured = await measure(process.execPath, args, { cwd, env });
  await server.close();
  const { journal } = server;
  if (measured.exitCode !== 0 || journal.length !== steps + 1) {
    throw new Error(`exit ${measured.exitCode}, ${journal.length} requests: ${measured.stderr}`);
  }
  return {
    ...measured,
    steps: journal.slice(2).map((request, index) => request.atMs - (journal[index + 1]?.repliedAtMs ?? Number.NaN)),
    firstRequestMs: (journal[0]?.atMs ?? Number.NaN) - measured.startedAt,
  };
}

const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`;

console.log(`${PEER}, no sandbox. ${machine()}\n`);
await run(1); // fills the page cache
const rows: string[][] = [];
for (const steps of [40, 200]) {
  const runs: Awaited<ReturnType<typeof run>>[] = [];
  for (let i = 0; i < RUNS; i += 1) runs.push(await run(steps));
  const all = runs.flatMap((one) => one.steps);
  rows.push([
    String(steps),
    ms(median(all)),
    ms(percentile(all, 95)),
    ms(median(runs.map((one) => one.firstRequestMs))),
    ms(median(runs.map((one) => one.wallMs))),
    ms(median(runs.map((one) => one.cpuMs))),
    `${median(runs.map((one) => one.peakRssMb)).toFixed(0)} MB`,
  ]);
}
printTable(['shell steps', 'per step, median', 'p95', 'start to first request', 'wall', 'CPU', 'peak RSS'], rows);
