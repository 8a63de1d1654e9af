/**
 * What the end-to-end tests share: repositories to work on, the command line as a process of its own with a home of its
 * own, and looks at what it left on disk and on the engine. When the test file is done, none of the secrets that each run
 * had around it may be in what it said or left (`canaries.ts`); then all folders go.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect } from 'vitest';
import { locateEngine, openEngine, SESSION_LABEL } from '../sandbox/index.ts';
import { parseEvent, type SessionEvent } from '../session/index.ts';
import { CANARY, CANARY_ENV, canariesBelow, plantCanaries } from './canaries.ts';
import {
  type ModelServer,
  type Script,
  type ScriptedCall,
  type ScriptedRequest,
  type ScriptedTurn,
  startModelServer,
} from './model-server.ts';

/** The checkout's root. */
export const ROOT = join(import.meta.dirname, '..');

const base = mkdtempSync(join(tmpdir(), 'drydock-e2e-'));
const servers: ModelServer[] = [];
const homes = new Set<string>();
/** What runs have said that holds a canary. */
const leaks: string[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  // A home that a test made outside of `base` may have gone with that test.
  const found = [...leaks, ...[...homes].filter((home) => existsSync(home)).flatMap(canariesBelow)];
  rmSync(base, { recursive: true, force: true });
  expect(found, 'a secret of the host is in what a run has said or left').toEqual([]);
});

let folders = 0;
/** A new empty folder. */
export function temporaryFolder(): string {
  folders += 1;
  const folder = join(base, String(folders));
  mkdirSync(folder);
  return folder;
}

/** A model server that is closed when the test file is done. */
export async function serve(script: Script): Promise<ModelServer> {
  const server = await startModelServer(script);
  servers.push(server);
  return server;
}

/**
 * The environment of a user who has nothing but a PATH: a home and a state folder of their own, and none of this
 * process's keys and settings, but for those that say where the engine is.
 */
export function freshEnv(home: string): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LANG', 'DOCKER_HOST', 'DOCKER_TLS_VERIFY', 'DOCKER_CERT_PATH', 'XDG_RUNTIME_DIR'];
  const env = Object.fromEntries(kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
  return { ...env, HOME: home, XDG_STATE_HOME: join(home, 'state'), GIT_CONFIG_NOSYSTEM: '1' };
}

export type TestRepository = {
  /** The work tree's root. */
  dir: string;
  /** Runs git in it as its user would; gives stdout, its last line feed cut off. */
  git(...args: string[]): string;
  /** Writes a file (parent folders too), with an executable bit where `mode` has one. */
  write(path: string, data: string | Buffer, mode?: number): void;
};

/** A subtraction that should be an addition, and a test that says so. */
export const BROKEN_SUM = {
  'sum.js': 'module.exports = (a, b) => a - b;\n',
  'test.js': "require('node:assert').equal(require('./sum.js')(2, 2), 4);\nconsole.log('green');\n",
};

/** A patch for `apply_patch` that mends `BROKEN_SUM`. */
export const SUM_PATCH = `*** Begin Patch
*** Update File: sum.js
@@
-module.exports = (a, b) => a - b;
+module.exports = (a, b) => a + b;
*** End Patch`;

/** A repository with one commit of `files` on the branch `main`. */
export function makeRepository(
  files: Record<string, string | Buffer> = BROKEN_SUM,
  options: { dir?: string; initArgs?: string[] } = {},
): TestRepository {
  const dir = options.dir ?? join(temporaryFolder(), 'project');
  const env = { PATH: process.env.PATH, HOME: temporaryFolder(), GIT_CONFIG_NOSYSTEM: '1' };
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] })
      .toString()
      .replace(/\n$/, '');
  const write = (path: string, data: string | Buffer, mode = 0o644) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), data);
    chmodSync(join(dir, path), mode);
  };
  mkdirSync(dir, { recursive: true });
  git('init', '-q', '-b', 'main', ...(options.initArgs ?? []));
  git('config', 'user.name', 'Ada');
  git('config', 'user.email', 'ada@example.org');
  for (const [path, data] of Object.entries(files)) write(path, data);
  git('add', '-A');
  git('commit', '-q', '--allow-empty', '-m', 'start');
  return { dir, git, write };
}

export type RunResult = {
  /** 128 + n after signal n, as a shell reports it. */
  code: number;
  stdout: string;
  stderr: string;
};

export type Running = {
  child: ChildProcess;
  home: string;
  /** Resolves when the process has ended and its output is complete. */
  ended: Promise<RunResult>;
  /** Resolves as soon as stderr holds `text`; rejects when the process ends without it. */
  said(text: string): Promise<void>;
};

export type RunSettings = {
  cwd?: string;
  /** Added to `freshEnv`. */
  env?: Record<string, string>;
  /** Text for bash that starts the command line, which is "$@" in it; without it nothing stands in between. */
  through?: string;
  /** Given on stdin; without it stdin is empty. With `openStdin` it stays open for the test to write to. */
  stdin?: string;
  openStdin?: boolean;
  /** Where HOME and the sessions are; without it a new one. */
  home?: string;
};

const SIGNALS: Record<string, number> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** Starts the command line from the sources, with canaries around it. */
export function startDrydock(args: readonly string[], settings: RunSettings = {}): Running {
  const home = settings.home ?? temporaryFolder();
  homes.add(home);
  plantCanaries(home);
  const direct = [process.execPath, '--disable-warning=ExperimentalWarning', join(ROOT, 'cli/main.ts'), ...args];
  const wrapped = settings.through === undefined ? [] : ['bash', '-c', settings.through, 'bash'];
  const [program = '', ...rest] = [...wrapped, ...direct];
  const child = spawn(program, rest, {
    cwd: settings.cwd ?? home,
    env: { ...freshEnv(home), ...CANARY_ENV, ...settings.env },
    stdio: [settings.stdin === undefined && !settings.openStdin ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (!settings.openStdin) child.stdin?.end(settings.stdin);
  const out: Buffer[] = [];
  let stderr = '';
  const waiting: { text: string; resolve: () => void; reject: (error: Error) => void }[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
    for (const { text, resolve } of waiting) if (stderr.includes(text)) resolve();
  });
  const ended = new Promise<RunResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      for (const { text, reject } of waiting) reject(new Error(`ended without saying ${text}:\n${stderr}`));
      const stdout = Buffer.concat(out).toString('utf8');
      leaks.push(...[stdout, stderr].filter((said) => said.includes(CANARY)));
      resolve({ code: code ?? 128 + (SIGNALS[signal ?? ''] ?? 0), stdout, stderr });
    });
  });
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      if (stderr.includes(text)) resolve();
      else if (child.exitCode !== null || child.signalCode !== null) reject(new Error(`ended before:\n${stderr}`));
      else waiting.push({ text, resolve, reject });
    });
  return { child, home, ended, said };
}

/** Runs the command line to its end. `home` is the one it ran in. */
export async function runDrydock(
  args: readonly string[],
  settings: RunSettings = {},
): Promise<RunResult & { home: string }> {
  const running = startDrydock(args, settings);
  return { ...(await running.ended), home: running.home };
}

/** The folders of all sessions of a home, oldest first. */
export function sessionFolders(home: string): string[] {
  const folder = join(home, 'state/drydock/sessions');
  return readdirSync(folder)
    .sort()
    .map((id) => join(folder, id));
}

/** The newest session of a home: its id, its folder, and its log, each line of which must be an event. */
export function newestSession(home: string): { id: string; dir: string; events: SessionEvent[] } {
  const dir = sessionFolders(home).at(-1);
  if (dir === undefined) throw new Error(`no session in ${home}`);
  const events = readLog(dir);
  return { id: dir.slice(dir.lastIndexOf('/') + 1), dir, events };
}

/** The events of a session's log; throws for a line that is none. */
export function readLog(dir: string): SessionEvent[] {
  const lines = readFileSync(join(dir, 'events.jsonl'), 'utf8').split('\n');
  if (lines.pop() !== '') throw new Error('the log does not end with a line feed');
  return lines.map((line) => {
    const event = parseEvent(line);
    if ('problem' in event) throw new Error(`${event.problem}: ${line}`);
    return event;
  });
}

/** Narrows a log to the events of one type. */
export function eventsOf<T extends SessionEvent['type']>(
  events: readonly SessionEvent[],
  type: T,
): Extract<SessionEvent, { type: T }>[] {
  return events.filter((event): event is Extract<SessionEvent, { type: T }> => event.type === type);
}

let client: ReturnType<typeof openEngine> | undefined;
/** A client of the engine that the command line finds too. */
export function engine(): ReturnType<typeof openEngine> {
  client ??= locateEngine(process.env).then(openEngine);
  return client;
}

/** What is on the engine for a session: names of containers, volumes and networks with its label. */
export async function leftOnEngine(session: string): Promise<string[]> {
  const docker = await engine();
  const filters = { label: [`${SESSION_LABEL}=${session}`] };
  const [containers, { Volumes: volumes }, networks] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listVolumes({ filters }),
    docker.listNetworks({ filters }),
  ]);
  return [
    ...containers.flatMap(({ Names }) => Names),
    ...(volumes ?? []).map(({ Name }) => Name),
    ...networks.map(({ Name }) => Name),
  ];
}

/** Kills and removes a session's containers from outside, as an engine does that is restarted. */
export async function loseContainers(session: string): Promise<void> {
  const docker = await engine();
  const left = await docker.listContainers({ all: true, filters: { label: [`${SESSION_LABEL}=${session}`] } });
  await Promise.all(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true })));
}

/** A model of the catalogue, so that its price is known; what the scripted runs use where the protocol is no matter. */
export const MODEL = 'anthropic:claude-sonnet-5';

/** The flags for the host backend: as root, the folders of these tests belong to root. */
export const HOST = ['--sandbox', 'host', ...(process.getuid?.() === 0 ? ['--host-user', 'root'] : [])];

/** The call that mends `BROKEN_SUM`, with whichever edit tool the request offers. */
export function mendingCall(request: ScriptedRequest): ScriptedCall {
  if (JSON.stringify(request.raw.tools).includes('"apply_patch"')) {
    return { name: 'apply_patch', arguments: { input: SUM_PATCH } };
  }
  return { name: 'edit', arguments: { path: 'sum.js', edits: [{ old: 'a - b', new: 'a + b' }] } };
}

/** A new home whose user has these settings. */
export function homeWith(settings: string): string {
  const home = temporaryFolder();
  mkdirSync(join(home, '.config/drydock'), { recursive: true });
  writeFileSync(join(home, '.config/drydock/config.yaml'), settings);
  return home;
}

/** A turn that runs one shell command. */
export function shellTurn(command: string, more: Record<string, unknown> = {}): ScriptedTurn {
  return { toolCalls: [{ name: 'shell', arguments: { command, ...more } }] };
}

export type ScriptedRun = Running & { server: ModelServer; requests: ScriptedRequest[]; repository: TestRepository };

/**
 * Starts `drydock run` of a task with a scripted model. A list of turns is played in order; when it is out, the model
 * says that it is done. With the task null it is not given as an argument. `requests` grows as they come.
 */
export async function startRun(
  script: Script | readonly ScriptedTurn[],
  settings: RunSettings & { args?: readonly string[]; task?: string | null; repository?: TestRepository } = {},
): Promise<ScriptedRun> {
  const requests: ScriptedRequest[] = [];
  const server = await serve((turn, request) => {
    requests.push(request);
    return typeof script === 'function' ? script(turn, request) : (script[turn] ?? { text: 'Done.' });
  });
  const repository = settings.repository ?? makeRepository();
  const { task = 'Make the test pass', args = [] } = settings;
  const named = args.includes('--model') ? [] : ['--model', MODEL];
  const running = startDrydock(['run', ...(task === null ? [] : [task]), ...named, ...args], {
    cwd: repository.dir,
    ...settings,
    env: { ...server.env, ...settings.env },
  });
  return { ...running, server, requests, repository };
}

export type FinishedRun = RunResult & {
  home: string;
  server: ModelServer;
  requests: ScriptedRequest[];
  repository: TestRepository;
  /** The session that it left; see `newestSession`. */
  session: ReturnType<typeof newestSession>;
};

/** `startRun` to its end. */
export async function run(...given: Parameters<typeof startRun>): Promise<FinishedRun> {
  const { ended, home, server, requests, repository } = await startRun(...given);
  const result = await ended;
  if (!existsSync(join(home, 'state'))) throw new Error(`no session was made:\n${result.stderr}`);
  return { ...result, home, server, requests, repository, session: newestSession(home) };
}

/** Waits until `look` says true; throws after more than a minute and a half, naming `what`. */
export async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 100_000;
  for (;;) {
    if (await look()) return;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(50);
  }
}
