/**
 * `npm run bench:evals`: what a trial costs beyond the model and the tests, how well trials share a machine, and whether a thousand of
 * them leave anything behind. `npm run bench:evals overhead|parallel|thousand` does one part.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAgents, readSuite, runEval } from '../evals/index.ts';
import { locateEngine, openEngine } from '../sandbox/index.ts';
import { startModelServer } from '../test/model-server.ts';
import { machine } from './measure.ts';

const ROOT = join(import.meta.dirname, '..');
const PARTS = ['overhead', 'parallel', 'thousand'] as const;
const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-evals-'));

const TASK = {
  'task.yaml':
    'version: 1\ntitle: The answer\ntests:\n  runner: script\n  files: [tests/right.sh]\n  fail_to_pass: [tests/right.sh]\n',
  'problem.md': 'answer.txt is wrong.\n',
  'repo/answer.txt': 'wrong\n',
  'tests/tests/right.sh': '[ "$(cat answer.txt)" = right ]\n',
};

function makeSuite(tasks: number): string {
  const suite = mkdtempSync(join(folder, 'suite-'));
  for (let index = 0; index < tasks; index++) {
    for (const [path, text] of Object.entries(TASK)) {
      const file = join(suite, `task-${index}`, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }
  return suite;
}

/** A model that waits before each of its answers; the last one says that it is done. */
async function waitingModel(waitMs: number, answers: number) {
  return startModelServer(async (_turn, request) => {
    await sleep(waitMs);
    if (request.toolResults.length >= answers - 1) return { text: 'Done.' };
    return { toolCalls: [{ name: 'shell', arguments: { command: 'echo right >answer.txt' } }] };
  });
}

async function runTrials(
  suite: string,
  how: { env: NodeJS.ProcessEnv; jobs: number; attempts?: number; oracle?: string; onTrial?: () => void },
) {
  const file = join(folder, 'agent.yaml');
  writeFileSync(file, 'model: anthropic:claude-sonnet-5\n');
  const agents = await readAgents(
    how.oracle === undefined ? [file] : [],
    how.oracle === undefined ? [] : [how.oracle],
    [],
  );
  const startedAt = performance.now();
  const { run } = await runEval(
    { suite: await readSuite(suite), agents, attempts: how.attempts ?? 1 },
    {
      ...{
        out: mkdtempSync(join(folder, 'run-')),
        jobs: how.jobs,
        maxCostUsd: null,
        keepImagesBytes: 20 * 1024 ** 3,
        env: { ...process.env, ...how.env },
      },
      ...{ version: 'bench', dockerfile: join(ROOT, 'Dockerfile'), signal: new AbortController().signal },
      onProgress: (progress) => {
        if (progress.type === 'trial_ended') how.onTrial?.();
      },
    },
  );
  return { ms: performance.now() - startedAt, results: run.results };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

async function overhead(): Promise<void> {
  const server = await waitingModel(0, 3);
  const { results } = await runTrials(makeSuite(12), { env: server.env, jobs: 1 });
  await server.close();
  const spent = results.slice(2).map(({ ms }) => ms.total - ms.model - ms.tests);
  console.log(`\n| trials | overhead, median | worst |\n| --- | --- | --- |`);
  console.log(
    `| ${spent.length}, one at a time | ${Math.round(median(spent))} ms | ${Math.round(Math.max(...spent))} ms |`,
  );
}

async function parallel(): Promise<void> {
  const [wait, answers] = [5000, 6];
  const server = await waitingModel(wait, answers);
  const alone = await runTrials(makeSuite(2), { env: server.env, jobs: 1 });
  const each = alone.ms / 2;
  console.log(`\n${answers} answers after ${wait / 1000} s each; a trial alone takes ${(each / 1000).toFixed(1)} s\n`);
  console.log('| jobs | trials | time | efficiency |\n| --- | --- | --- | --- |');
  for (const jobs of [2, 4, 8]) {
    const trials = jobs * 2;
    const { ms } = await runTrials(makeSuite(trials), { env: server.env, jobs });
    console.log(
      `| ${jobs} | ${trials} | ${(ms / 1000).toFixed(1)} s | ${(((each * trials) / jobs / ms) * 100).toFixed(1)} % |`,
    );
  }
  await server.close();
}

async function thousand(): Promise<void> {
  const engine = await openEngine(await locateEngine(process.env));
  const count = async () => {
    const [containers, networks, { Volumes: volumes }] = await Promise.all([
      engine.listContainers({ all: true }),
      engine.listNetworks(),
      engine.listVolumes(),
    ]);
    return { containers: containers.length, networks: networks.length, volumes: (volumes ?? []).length };
  };
  const look = () => {
    globalThis.gc?.();
    return { rss: process.memoryUsage().rss, descriptors: readdirSync('/proc/self/fd').length };
  };
  const before = await count();
  const seen: { trials: number; rss: number; descriptors: number }[] = [];
  let done = 0;
  const { ms, results } = await runTrials(makeSuite(1), {
    ...{ env: {}, jobs: 2, attempts: 1000, oracle: 'nop' },
    onTrial: () => {
      done += 1;
      if (done % 100 === 0) seen.push({ trials: done, ...look() });
    },
  });
  await sleep(3000);
  const after = await count();
  console.log(
    `\n${results.length} trials of nothing in ${(ms / 60_000).toFixed(1)} min, ${Math.round(ms / results.length)} ms each at --jobs 2\n`,
  );
  console.log('| after trials | RSS | descriptors |\n| --- | --- | --- |');
  for (const { trials, rss, descriptors } of seen)
    console.log(`| ${trials} | ${(rss / 1e6).toFixed(0)} MB | ${descriptors} |`);
  console.log(`\nOn the engine before: ${JSON.stringify(before)}; after: ${JSON.stringify(after)}`);
}

const RUN = { overhead, parallel, thousand };
console.log(await machine());
try {
  for (const part of PARTS) if (wanted.length === 0 || wanted.includes(part)) await RUN[part]();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
