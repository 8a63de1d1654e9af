/**
 * `npm run bench:sandbox [SECTION...]`: the sandbox against the engine it stands on, side by side in one run. Sections:
 * exec, start, import, checkpoint, output; all of them where none is named.
 */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openDockerWorkplace, type Workplace } from '../agent/workplace.ts';
import { openLane } from '../sandbox/docker/lane.ts';
import {
  createDockerSandbox,
  type DockerSandbox,
  type DockerSandboxOptions,
  ensureImage,
  inspectRepository,
  locateEngine,
  openEngine,
} from '../sandbox/index.ts';
import { machine, median, percentile, printTable } from './measure.ts';

const DOCKERFILE = join(import.meta.dirname, '../Dockerfile');
const base = mkdtempSync(join(tmpdir(), 'drydock-bench-sandbox-'));
process.on('exit', () => rmSync(base, { recursive: true, force: true }));

const endpoint = await locateEngine(process.env);
const docker = await openEngine(endpoint);
const image = await ensureImage(docker, { image: null, dockerfile: DOCKERFILE, onProgress: console.error });
const say = (line: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${line}`);
const ms = (value: number) => `${value < 100 ? value.toFixed(1) : Math.round(value)} ms`;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function sandboxOptions(): DockerSandboxOptions {
  return {
    sessionId: `bench-${randomBytes(4).toString('hex')}`,
    image: null,
    dockerfile: DOCKERFILE,
    network: 'none',
    env: {},
    onProgress: say,
  };
}

function newSandbox(): DockerSandbox {
  return createDockerSandbox(Promise.resolve(docker), sandboxOptions());
}

/** Runs `one` until `count` are done, `width` at a time; gives the time of each. */
async function atOnce(width: number, count: number, one: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  let begun = 0;
  const worker = async () => {
    while (begun < count) {
      begun += 1;
      times.push(await timed(one));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return times;
}

/** An empty command through the `docker` program, through an exec of the engine's API, and through a lane. */
async function benchExec(): Promise<void> {
  const bare = await docker.createContainer({
    Image: image.name,
    Cmd: ['sleep', '3600'],
    HostConfig: { AutoRemove: true },
  });
  await bare.start();
  const sandbox = newSandbox();
  await sandbox.ready;
  const env = { ...process.env, ...('socketPath' in endpoint ? { DOCKER_HOST: `unix://${endpoint.socketPath}` } : {}) };
  const run = promisify(execFile);
  const ways: [string, number, () => Promise<unknown>][] = [
    ['`docker exec` (CLI)', 1, () => run('docker', ['exec', bare.id, 'true'], { env })],
    [
      'API exec (create, start, inspect)',
      1,
      async () => {
        const exec = await bare.exec({ Cmd: ['true'], AttachStdout: true, AttachStderr: true });
        const stream = await exec.start({ hijack: true, stdin: false });
        await new Promise((resolve) => stream.on('end', resolve).resume());
        await exec.inspect();
      },
    ],
    ['Drydock', 10, () => sandbox.exec({ command: 'true' })],
  ];
  const rows: string[][] = [];
  for (const [name, factor, one] of ways) {
    const cells = [name];
    for (const width of [1, 4, 16]) {
      // The first of each width opens lanes.
      await atOnce(width, width, one);
      const times = await atOnce(width, Math.max(20, width * 3) * factor, one);
      cells.push(`${ms(median(times))} / ${ms(percentile(times, 95))}`);
    }
    rows.push(cells);
    say(name);
  }
  await Promise.all([sandbox.dispose(), bare.remove({ force: true })]);
  console.log('\n### An empty command, p50 / p95\n');
  printTable(['way', 'alone', '4 at once', '16 at once'], rows);
}

/** From nothing to the first answer of a shell, against create, start and one exec. */
async function benchStart(): Promise<void> {
  const bareStart: number[] = [];
  const bareExec: number[] = [];
  const ours: number[] = [];
  const ourExec: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const startedAt = performance.now();
    const bare = await docker.createContainer({
      Image: image.name,
      Cmd: ['sleep', '3600'],
      HostConfig: { AutoRemove: true, NetworkMode: 'none', Init: true },
    });
    await bare.start();
    bareStart.push(performance.now() - startedAt);
    const exec = await bare.exec({ Cmd: ['sh'], AttachStdin: true, AttachStdout: true, AttachStderr: true });
    const lane = await openLane(await exec.start({ hijack: true, stdin: true }));
    bareExec.push(performance.now() - startedAt);
    lane.close();
    await bare.remove({ force: true });
    const sandbox = newSandbox();
    ours.push(await timed(() => sandbox.ready));
    ourExec.push((ours.at(-1) ?? 0) + (await timed(() => sandbox.exec({ command: 'true' }))));
    await sandbox.dispose();
  }
  console.log('\n### From nothing to a container that answers, p50 of 9\n');
  printTable(
    ['what', 'time', 'against bare create and start', 'against those and a shell on an exec'],
    [
      ['bare create and start', ms(median(bareStart)), '1.00', '-'],
      [
        'the same and a shell on an exec',
        ms(median(bareExec)),
        (median(bareExec) / median(bareStart)).toFixed(2),
        '1.00',
      ],
      [
        'Drydock: ready',
        ms(median(ours)),
        (median(ours) / median(bareStart)).toFixed(2),
        (median(ours) / median(bareExec)).toFixed(2),
      ],
      ['Drydock: first command done', ms(median(ourExec)), '', ''],
    ],
  );
}

/** A repository of so many files of so many bytes that do not compress, in folders of 100. */
function makeRepository(files: number, bytes: number): string {
  const folder = mkdtempSync(join(base, 'repo-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=b', '-c', 'user.email=b@b', ...args], { cwd: folder, stdio: 'pipe' });
  git('init', '-q', '-b', 'main');
  for (let index = 0; index < files; index += 1) {
    const inFolder = join(folder, `d${Math.floor(index / 100)}`);
    mkdirSync(inFolder, { recursive: true });
    writeFileSync(join(inFolder, `f${index}.bin`), randomBytes(bytes));
  }
  git('add', '-A');
  git('commit', '-qm', 'base');
  return folder;
}

async function openWorkplace(folder: string): Promise<Workplace> {
  const repository = await inspectRepository(folder, process.env);
  return openDockerWorkplace({
    dir: mkdtempSync(join(base, 'session-')),
    repository,
    base: repository.head,
    version: '0',
    connect: () => locateEngine(process.env).then(openEngine),
    start: async () => ({ base: repository.head, tree: null }),
    sandbox: sandboxOptions(),
  });
}

const SIZES: [string, number, number][] = [
  ['1 MB, 100 files', 100, 10_000],
  ['100 MB, 1,000 files', 1000, 100_000],
  ['1 GB, 10,000 files', 10_000, 100_000],
];

/** A repository into a new container until its files are there, and one changed file out again. */
async function benchImport(): Promise<void> {
  const rows: string[][] = [];
  for (const [name, files, bytes] of SIZES) {
    const folder = makeRepository(files, bytes);
    for (const state of ['cold', 'again']) {
      const times: number[] = [];
      const exports: number[] = [];
      const empty: number[] = [];
      for (let round = 0; round < (state === 'cold' ? 1 : 3); round += 1) {
        const bare = newSandbox();
        empty.push(await timed(() => bare.ready));
        await bare.dispose();
        const startedAt = performance.now();
        const workplace = await openWorkplace(folder);
        await workplace.filled;
        times.push(performance.now() - startedAt);
        await workplace.sandbox.writeFile('new.txt', 'new\n');
        exports.push(await timed(() => workplace.harvest('bench')));
        await workplace.dispose();
      }
      rows.push([
        name,
        state,
        ms(median(empty)),
        ms(median(times)),
        ms(median(times) - median(empty)),
        ms(median(exports)),
      ]);
      say(`${name}, ${state}`);
    }
    rmSync(folder, { recursive: true });
  }
  console.log('\n### A repository in, and one changed file out\n');
  printTable(
    ['repository', 'import', 'empty container ready', 'container with the repository', 'difference', 'export'],
    rows,
  );
}

/** How long a checkpoint takes beside the model's thinking, and what it costs the step after it. */
async function benchCheckpoint(): Promise<void> {
  const rows: string[][] = [];
  const workplace = await openWorkplace(makeRepository(10_000, 500));
  await workplace.filled;
  const change = (files: number, round: number) =>
    workplace.sandbox.exec({
      command: `for f in $(git ls-files | head -n ${files}); do echo ${round} >"$f"; done`,
      timeoutMs: 120_000,
    });
  // A step waits for the model at least so long.
  const thinkMs = 400;
  for (const files of [10, 10_000]) {
    const recorded: number[] = [];
    const whole: number[] = [];
    const next = { without: [] as number[], with: [] as number[] };
    for (let round = 0; round < (files === 10 ? 15 : 3); round += 1) {
      for (const way of ['without', 'with'] as const) {
        await change(files, round * 2 + (way === 'with' ? 1 : 0));
        let done: Promise<unknown> = Promise.resolve();
        if (way === 'with') {
          const startedAt = performance.now();
          done = workplace
            .checkpoint('bench', () => recorded.push(performance.now() - startedAt))
            .then(() => whole.push(performance.now() - startedAt));
        }
        await sleep(files === 10 ? thinkMs : 3000);
        next[way].push(await timed(() => workplace.sandbox.exec({ command: 'true' })));
        await done;
      }
    }
    rows.push([
      files.toLocaleString('en'),
      ms(median(recorded)),
      ms(median(whole)),
      ms(median(next.without)),
      ms(median(next.with)),
      ms(median(next.with) - median(next.without)),
    ]);
    say(`${files} changed files`);
  }
  await workplace.dispose();
  console.log('\n### A checkpoint, in a repository of 10,000 files\n');
  printTable(['changed files', 'recorded after', 'on the host after', 'next command without', 'with', 'cost'], rows);
}

/** One gibibyte of output: how fast it is read, and how much this process grows. */
async function benchOutput(): Promise<void> {
  const sandbox = newSandbox();
  await sandbox.exec({ command: 'yes | head -c 16M' });
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  const took = await timed(() => sandbox.exec({ command: 'yes | head -c 1G' }));
  clearInterval(timer);
  const container = await docker.createContainer({
    Image: image.name,
    Cmd: ['sleep', '3600'],
    HostConfig: { AutoRemove: true },
  });
  await container.start();
  const exec = await container.exec({ Cmd: ['sh', '-c', 'yes | head -c 1G'], AttachStdout: true, AttachStderr: true });
  const raw = await timed(async () => {
    const stream = await exec.start({ hijack: true, stdin: false });
    await new Promise((resolve) => stream.on('end', resolve).resume());
  });
  await Promise.all([sandbox.dispose(), container.remove({ force: true })]);
  const rate = (took: number) => `${Math.round(1024 / (took / 1000))} MiB/s`;
  console.log('\n### 1 GiB of output\n');
  printTable(
    ['', 'time', 'rate', 'growth of RSS'],
    [
      ['Drydock', ms(took), rate(took), `${((peak - before) / 1024 ** 2).toFixed(1)} MiB`],
      ['an API exec whose output is thrown away unread', ms(raw), rate(raw), '-'],
    ],
  );
}

const SECTIONS: Record<string, () => Promise<void>> = {
  exec: benchExec,
  start: benchStart,
  import: benchImport,
  checkpoint: benchCheckpoint,
  output: benchOutput,
};
console.log(machine());
for (const [name, bench] of Object.entries(SECTIONS)) {
  if (process.argv.length === 2 || process.argv.slice(2).includes(name)) await bench();
}
process.exit(0);
