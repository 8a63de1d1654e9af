/** One measured run of the packed bundle against a scripted model without latency, as the step benchmarks make it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JournalEntry, type ScriptedTurn, startModelServer } from '../test/model-server.ts';
import { isSummaryRequest, summaryOf } from '../test/summary-request.ts';
import { type Measured, measure, rssMb } from './measure.ts';

/** The flags for the host backend: as root, the folders of these runs belong to root. */
export const HOST: readonly string[] = [
  '--sandbox',
  'host',
  ...(process.getuid?.() === 0 ? ['--host-user', 'root'] : []),
];

/** A repository with one commit of a few small files. */
export function makeRepository(): string {
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

/**
 * `stepsMs[n]` is the time from the end of reply n + 1 to the arrival of the next request (the step before waits for the
 * container, so it is start-up); `rssMb[n]` what the process held when request n + 1 arrived.
 */
export type StepRun = Measured & { journal: JournalEntry[]; stepsMs: number[]; rssMb: number[]; sessionDir: string };

export type StepRunOptions = {
  entry: string;
  /** How many turns have tool calls. */
  steps: number;
  /** The calls of one of them. */
  turn: (turn: number) => ScriptedTurn;
  args?: readonly string[];
  /** Of all requests, or of the last one alone, which a long run must be content with. */
  bodies: 'all' | 'last';
};

/** Runs `drydock run` to its end; throws where that is not a good one. Requests for a summary are answered, and left out. */
export async function stepRun({ entry, steps, turn, args = [], bodies }: StepRunOptions): Promise<StepRun> {
  const rss: number[] = [];
  const journal: JournalEntry[] = [];
  let pid = 0;
  const server = await startModelServer((count, request) => {
    if (isSummaryRequest(request)) return { text: summaryOf('The steps say nothing.') };
    const last = journal.at(-1);
    if (bodies === 'last' && last) last.body = '';
    const entry = server.journal[count];
    if (entry === undefined) throw new Error('a request is not in the journal');
    const own = journal.push(entry) - 1;
    rss.push(rssMb(pid));
    return own < steps ? turn(own) : { text: 'Done.' };
  });
  const cwd = makeRepository();
  const state = mkdtempSync(join(tmpdir(), 'drydock-bench-state-'));
  const env = { ...process.env, ...server.env, XDG_STATE_HOME: state, NODE_OPTIONS: '' };
  const command = [entry, 'run', '--max-turns', String(steps + 5), ...args, 'Take the steps.'];
  const measured = await measure(process.execPath, command, { cwd, env }, (started) => {
    pid = started;
  });
  await server.close();
  if (measured.exitCode !== 0) throw new Error(`exit ${measured.exitCode}: ${measured.stderr}`);
  if (journal.length !== steps + 1) throw new Error(`${journal.length} requests instead of ${steps + 1}`);
  const sessions = join(state, 'drydock/sessions');
  return {
    ...measured,
    journal,
    stepsMs: journal.slice(2).map((request, index) => request.atMs - (journal[index + 1]?.repliedAtMs ?? Number.NaN)),
    rssMb: rss.slice(1),
    sessionDir: join(sessions, readdirSync(sessions)[0] ?? ''),
  };
}

/**
 * The bytes of a session's log, of what its events say, and of the content among that: what was said, called, and answered. An
 * event says its fields; its type, its number and the version are the log's own.
 */
export function logSizes(sessionDir: string): { log: number; facts: number; content: number } {
  const log = readFileSync(join(sessionDir, 'events.jsonl'), 'utf8');
  let content = 0;
  let facts = 0;
  for (const line of log.trimEnd().split('\n')) {
    const { v: _version, seq: _number, type: _type, ...said } = JSON.parse(line);
    facts += Buffer.byteLength(JSON.stringify(said));
    const event = JSON.parse(line);
    const parts = { prompt: event.content, 'model.responded': event.message?.content, 'tool.finished': event.content };
    for (const [type, value] of Object.entries(parts)) {
      if (event.type === type) content += Buffer.byteLength(JSON.stringify(value));
    }
    if (event.type === 'session.created') content += Buffer.byteLength(JSON.stringify(event.system));
  }
  return { log: Buffer.byteLength(log), facts, content };
}
