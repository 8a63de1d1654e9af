/** One session of the packed program on a workload, from its first prompt to its last answer. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isRecord } from '../../test/model-request.ts';
import { startModelServer } from '../../test/model-server.ts';
import { measure } from '../measure.ts';
import { HOST } from '../runs.ts';
import { createAgentModel } from './agent-model.ts';
import type { RequestRecord } from './journal.ts';
import { type Measures, measureRun, type RunEnd } from './measure.ts';
import { createProvider } from './provider.ts';
import type { CountTokens } from './summariser.ts';
import { type Workload, type WorkloadName, workloadOf } from './workload.ts';

export type RunOptions = {
  /** The packed program. */
  entry: string;
  workload: WorkloadName;
  /** In tokens. */
  window: number;
  strategy: string;
  seed: number;
  count: CountTokens;
  /** Keeps the session's folder, which is else removed, and tells where it is. */
  keep?: (sessionDir: string) => void;
};

/** A repository with the workload's files in one commit. */
export function repositoryOf({ files }: Workload): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-repo-'));
  for (const { path, text } of files) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=b', '-c', 'user.email=b@b', ...args], { cwd: folder });
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-qm', 'base');
  return folder;
}

export type SessionOptions = {
  entry: string;
  workload: Workload;
  env: NodeJS.ProcessEnv;
  /** For the first prompt; a resumed session keeps them. */
  args: readonly string[];
};

/** Says the prompts one after the other, the next one only after a good end. */
export async function playSession({ entry, workload, env, args }: SessionOptions) {
  const cwd = repositoryOf(workload);
  const state = mkdtempSync(join(tmpdir(), 'drydock-bench-state-'));
  const sessions = join(state, 'drydock/sessions');
  const id = () => readdirSync(sessions)[0] ?? '';
  let ended: { exitCode: number | null; stderr: string } = { exitCode: null, stderr: '' };
  let said = 0;
  for (const [index, prompt] of workload.prompts.entries()) {
    const command = index === 0 ? ['run', ...args, prompt] : ['resume', id(), prompt];
    const options = { cwd, env: { ...env, XDG_STATE_HOME: state, NODE_OPTIONS: '' } };
    ended = await measure(process.execPath, [entry, ...command], options);
    said = index + 1;
    if (ended.exitCode !== 0) break;
  }
  rmSync(cwd, { recursive: true });
  return {
    ...ended,
    saidAll: said === workload.prompts.length && ended.exitCode === 0,
    state,
    sessionDir: join(sessions, id()),
  };
}

/** A line of a session's log. */
export type LoggedEvent = { type: string; [field: string]: unknown };

/** Events of a session's log, as they stand there. */
export function eventsOf(sessionDir: string): LoggedEvent[] {
  const log = readFileSync(join(sessionDir, 'events.jsonl'), 'utf8');
  return log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** The parts of what the model said in a `model.responded` event. */
export function partsSaid(event: LoggedEvent | undefined): Record<string, unknown>[] {
  const message = isRecord(event?.message) ? event.message : {};
  return Array.isArray(message.content) ? message.content.filter(isRecord) : [];
}

/** Its text alone. */
export function textOf(event: LoggedEvent | undefined): string {
  return partsSaid(event)
    .flatMap(({ type, text }) => (type === 'text' ? [String(text)] : []))
    .join('\n');
}

/** How a session ended, by its log and its journal. */
export function endOf(session: Awaited<ReturnType<typeof playSession>>, records: readonly RequestRecord[]): RunEnd {
  const events = eventsOf(session.sessionDir);
  const compactions = events.filter(({ type }) => type === 'compaction.finished').length;
  const answer = textOf(events.findLast(({ type }) => type === 'model.responded'));
  const finished = session.saidAll && records.at(-1)?.kind === 'answer';
  return {
    finished,
    exitCode: session.exitCode,
    answer,
    message: String(events.findLast(({ type }) => type === 'run.finished')?.message ?? session.stderr),
    compactions,
  };
}

/** Runs a session with the deterministic model and measures it. */
export async function retentionRun(options: RunOptions): Promise<Measures> {
  const { entry, window, strategy, seed, count } = options;
  const workload = workloadOf(options.workload, seed, window);
  const { facts, steps } = workload;
  const { script, records } = createProvider({ window, facts, count, model: createAgentModel(workload, count) });
  const server = await startModelServer((turn, request) => {
    const before = server.journal[turn - 1];
    // What is measured is taken down as it comes; the bodies would be hundreds of megabytes.
    if (before) before.body = '';
    return script(turn, request);
  });
  const model = ['--model', 'openai-chat:retention', '--context-window', String(window)];
  // For a session that takes steps again and again; a good one needs a third of it.
  const bound = ['--max-turns', String(steps.length * 3)];
  const args = [...HOST, ...model, ...bound, '--compaction', strategy];
  const session = await playSession({ entry, workload, env: { ...process.env, ...server.env }, args });
  await server.close();
  const measures = measureRun(records, facts, endOf(session, records));
  if (options.keep) options.keep(session.sessionDir);
  else rmSync(session.state, { recursive: true });
  return measures;
}
