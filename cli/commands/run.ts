/** `drydock run` and `drydock resume`: from options to a run, from a run to what is printed and the exit code. */
import { basename } from 'node:path';
import {
  type CallerOptions,
  type RunResult,
  resolveSettings,
  resumeTask,
  runTask,
  type TaskEvent,
} from '../../agent/index.ts';
import { hideProcess } from '../../sandbox/index.ts';
import { hostFolderOf, readEvents, type SessionEvent } from '../../session/index.ts';
import { approver } from '../approval.ts';
import { readImages } from '../attach.ts';
import { folderOfRun, ownLayers } from '../call.ts';
import { dockerfilePath } from '../dockerfile.ts';
import { withHint } from '../errors.ts';
import { boundHeap } from '../heap-bounds.ts';
import { interruptible } from '../interrupt.ts';
import { type CallOptions, callOptions, flagLayer, parseOptions, runOptions } from '../options.ts';
import { UNWRITTEN_EXIT_CODE, writeOut } from '../output.ts';
import { paintDiff } from '../render/diff.ts';
import { jsonLine } from '../render/json.ts';
import { createLive } from '../render/live.ts';
import { painter, type Style, spending } from '../render/text.ts';
import { folderOfChange, openRunFiles, type RunFiles } from '../run-files.ts';
import { readTask } from '../task-input.ts';
import { VERSION } from '../version.ts';
import { chosenSession, sessionsFolder } from '../which-session.ts';

/** Runs a task in a new session. */
export async function runCommand(argument: string | undefined, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(runOptions, raw);
  const layers = [...(await ownLayers(options.config)), flagLayer(raw)];
  const { settings } = resolveSettings(layers);
  // Before anything of the task is read: the process may be replaced.
  if (settings.sandbox === 'host') hideProcess();
  const task = await readTask(argument, options.file, process.stdin);
  const cwd = folderOfRun(options.cd);
  const images = await readImages(options.attach);
  const inPlace = settings.sandbox === 'host' ? folderOfChange(cwd) : null;
  return present(options, { session: null, earlier: [], inPlace }, (common) =>
    runTask({
      ...common,
      task,
      images,
      cwd,
      sessionsDir: sessionsFolder(options.sessionDir),
      layers,
      useProject: options.project,
    }),
  );
}

/** Goes on with a session. */
export async function resumeCommand(
  session: string,
  argument: string | undefined,
  raw: Record<string, unknown>,
): Promise<number> {
  const options = parseOptions(callOptions, raw);
  const layers = [...(await ownLayers()), flagLayer(raw)];
  resolveSettings(layers);
  const dir = await chosenSession(options.sessionDir, session);
  const place = await hostFolderOf(dir);
  if (place !== null) hideProcess();
  const task =
    argument === undefined && options.file === undefined ? null : await readTask(argument, options.file, process.stdin);
  const images = await readImages(options.attach);
  const earlier: SessionEvent[] = [];
  if (options.trajectory !== undefined) for await (const event of readEvents(dir)) earlier.push(event);
  const inPlace = place === null ? null : folderOfChange(place);
  return present(options, { session: basename(dir), earlier, inPlace }, (common) =>
    resumeTask({ ...common, dir, task, images, layers }),
  );
}

/** The session, null until it is made; its events so far; and the folder whose every file is part of the change. */
type Before = { session: string | null; earlier: readonly SessionEvent[]; inPlace: string | null };

/** Carries a run out and shows it: live on stderr, the result on stdout, and the files that were asked for. */
async function present(
  options: CallOptions,
  { session, earlier, inPlace }: Before,
  start: (common: CallerOptions) => Promise<RunResult>,
): Promise<number> {
  const { trajectory, patchOut } = options;
  const files = await openRunFiles({ trajectory, patchOut, earlier, inPlace });
  const live = createLive(process.stderr, process.env);
  let sessionId = session;
  const interrupt = interruptible(
    () => live.note('stopping; once more to stop at once'),
    () => sessionId,
  );
  const boundYoungSpace = boundHeap();
  const emit = (event: TaskEvent) => {
    if (event.type === 'log' && event.event.type === 'session.created') sessionId = event.event.id;
    if (event.type === 'log' && event.event.type === 'model.requested') boundYoungSpace();
    if (event.type === 'log') files.event(event.event);
    if (options.json) void writeOut(jsonLine(event));
    if (!options.json || event.type === 'progress') live.show(event);
  };
  let result: RunResult;
  try {
    result = await start({
      env: process.env,
      version: VERSION,
      dockerfile: dockerfilePath(),
      signal: interrupt.signal,
      emit,
      approve: options.json ? null : approver(process.stdin, process.stderr, live),
    });
  } finally {
    live.stop();
    interrupt.release();
  }
  const written = await files.finish(result.harvest.patch);
  await report(options, result, written);
  return written.problems.length > 0 && result.exitCode === 0 ? UNWRITTEN_EXIT_CODE : result.exitCode;
}

async function report(
  options: CallOptions,
  { sessionId, end, harvest }: RunResult,
  { problems, remarks }: Awaited<ReturnType<RunFiles['finish']>>,
): Promise<void> {
  const paint = painter(process.stderr, process.env);
  const say = (style: Style, line: string) => process.stderr.write(`${paint(style, withHint(line, ''))}\n`);
  for (const remark of [...harvest.remarks, ...remarks]) say('yellow', `note: ${remark}`);
  if (end.outcome !== 'completed') for (const problem of problems) say('yellow', `note: ${problem}`);
  for (const path of harvest.flattened)
    say('yellow', `note: the nested repository ${path} was taken in as plain files`);
  if (!options.json && harvest.patch !== null) {
    const onTerminal = process.stdout.isTTY === true;
    const text = harvest.patch.toString('utf8');
    await writeOut(onTerminal ? paintDiff(text, painter(process.stdout, process.env)) : harvest.patch);
  }
  if (end.outcome !== 'completed') say('red', `drydock: ${withHint(end.message, end.hint)}`);
  else if (problems.length > 0) say('red', `drydock: ${problems.join('; ')}`);
  const changed = harvest.files.length;
  const what =
    changed === 0
      ? 'no file changed'
      : `${changed} ${changed === 1 ? 'file' : 'files'} changed${harvest.branch === null ? '' : ` on branch ${harvest.branch}`}`;
  say('dim', `${end.turns} turns, ${spending(end.usage)}`);
  say('dim', `session ${sessionId}: ${what}; see it with: drydock show ${sessionId}`);
}
