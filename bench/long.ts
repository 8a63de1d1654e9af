/** Sessions of 2,000 turns: what a step costs at the beginning and at the end, beyond what the request's own size costs. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ScriptedTurn, startModelServer } from '../test/model-server.ts';
import { machine, measure, median, packedEntry, printTable, rssMb } from './measure.ts';
import { HOST, logSizes, stepRun } from './runs.ts';

const STEPS = 2000;
/** Around turn 100 and at the end, so many steps on each side are taken together: single ones vary. */
const WINDOW = 40;

type Series = { stepsMs: number[]; rssMb: number[] };

function replyOf(turn: number): ScriptedTurn {
  return { toolCalls: [{ name: 'shell', arguments: { command: `echo step ${turn}` } }] };
}

/** Sends the same requests with the provider's SDK alone. */
async function replay(lastRequest: string): Promise<Series> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-replay-'));
  const file = join(folder, 'request.json');
  writeFileSync(file, lastRequest);
  const rss: number[] = [];
  let pid = 0;
  const server = await startModelServer((turn) => {
    rss.push(rssMb(pid));
    const before = server.journal[turn - 1];
    if (before) before.body = '';
    return replyOf(turn);
  });
  const args = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'replay.ts'), server.url, file];
  const { exitCode, stderr } = await measure(process.execPath, args, { cwd: folder, env: process.env }, (started) => {
    pid = started;
  });
  await server.close();
  if (exitCode !== 0) throw new Error(`the replay ended with ${exitCode}: ${stderr}`);
  const { journal } = server;
  return {
    stepsMs: journal.slice(2).map((request, index) => request.atMs - (journal[index + 1]?.repliedAtMs ?? Number.NaN)),
    rssMb: rss.slice(1),
  };
}

const around = (values: readonly number[], turn: number) =>
  median(values.slice(Math.max(0, turn - WINDOW), turn + WINDOW));

/** Prints the table for one backend. */
async function measureLong(entry: string, args: readonly string[]): Promise<void> {
  const session = await stepRun({ entry, steps: STEPS, turn: replyOf, args, bodies: 'last' });
  const body = session.journal.at(-1)?.body ?? '';
  const own = await replay(body);
  const row = (name: string, unit: string, digits: number, pick: (series: Series) => number[]) => {
    const [early, late] = [around(pick(session), 100), around(pick(session), STEPS)];
    const [ownEarly, ownLate] = [around(pick(own), 100), around(pick(own), STEPS)];
    const show = (value: number) => `${value.toFixed(digits)} ${unit}`;
    const beyond = (late - (ownLate - ownEarly)) / early;
    return [name, show(early), show(late), show(ownEarly), show(ownLate), `${beyond.toFixed(2)} ×`];
  };
  console.log(
    `\n${STEPS} shell steps, ${args.join(' ') || 'docker'}; the last request has ${(body.length / 1024).toFixed(0)} KiB:\n`,
  );
  printTable(
    ['', 'turn 100', `turn ${STEPS}`, 'SDK alone, turn 100', `SDK alone, turn ${STEPS}`, 'growth beyond the SDK’s'],
    [row('step', 'ms', 1, (series) => series.stepsMs), row('RSS', 'MB', 0, (series) => series.rssMb)],
  );
  printLog(session.sessionDir);
}

function printLog(sessionDir: string): void {
  const { log, facts, content } = logSizes(sessionDir);
  const [beside, of] = [((log - content) / STEPS).toFixed(0), (size: number) => `${(log / size).toFixed(2)} ×`];
  console.log(
    `\nLog: ${log} bytes, ${of(facts)} what its events say, ${of(content)} the content: ${beside} bytes a turn beside that.`,
  );
}

/** A turn with some words, and an output of 4 KB that no other has. */
const usualReply = (turn: number): ScriptedTurn => ({
  text: `Part ${turn} may tell more of where the failing case comes from: look at its numbers next.`,
  toolCalls: [{ name: 'shell', arguments: { command: `seq ${10_000 + turn} ${10_690 + turn}` } }],
});

/** A window that is filled every hundred turns or so. */
const WINDOW_ARGS = ['--context-window', '200000'];

/** Many turns together, since requests grow and are compacted again. */
const SPAN = 200;

/** The same for turns of a usual size, which fill the model's window again and again. */
async function measureUsual(entry: string, args: readonly string[]): Promise<void> {
  const session = await stepRun({
    entry,
    steps: STEPS,
    turn: usualReply,
    args: [...WINDOW_ARGS, ...args],
    bodies: 'last',
  });
  const log = readFileSync(join(session.sessionDir, 'events.jsonl'), 'utf8');
  const compactions = log.split('\n').filter((line) => line.includes('"type":"compaction.finished"')).length;
  console.log(
    `\n${STEPS} shell steps with outputs of 4 KB, ${args.join(' ') || 'docker'}; ${compactions} compactions:\n`,
  );
  const row = (name: string, unit: string, digits: number, values: number[]) => {
    const [early, late] = [median(values.slice(100, 100 + SPAN)), median(values.slice(-SPAN))];
    return [
      name,
      `${early.toFixed(digits)} ${unit}`,
      `${late.toFixed(digits)} ${unit}`,
      `${(late / early).toFixed(2)} ×`,
    ];
  };
  printTable(
    ['', `turns 100–${100 + SPAN}`, `the last ${SPAN}`, 'growth'],
    [row('step', 'ms', 1, session.stepsMs), row('RSS', 'MB', 0, session.rssMb)],
  );
  printLog(session.sessionDir);
}

/** Both kinds of session, in Docker and on the host. */
export async function measureLongSessions(entry: string): Promise<void> {
  for (const args of [[], HOST]) {
    await measureLong(entry, args);
    await measureUsual(entry, args);
  }
}

if (import.meta.main) {
  console.log(machine());
  await measureLongSessions(packedEntry());
}
