/** `drydock bot work`: a job of the bot's, shown as a run is. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { TaskEvent } from '../../../agent/index.ts';
import { makeFolder, RESULT_FILES, readJob, work } from '../../../bot/index.ts';
import { layersOfBot } from '../../call.ts';
import { dockerfilePath } from '../../dockerfile.ts';
import { withHint } from '../../errors.ts';
import { interruptible } from '../../interrupt.ts';
import { parseOptions } from '../../options.ts';
import { writeOut } from '../../output.ts';
import { jsonLine } from '../../render/json.ts';
import { createLive } from '../../render/live.ts';
import { painter, spending } from '../../render/text.ts';
import { openRunFiles } from '../../run-files.ts';
import { VERSION } from '../../version.ts';
import { sessionsFolder } from '../../which-session.ts';

const options = z.object({
  out: z.string().min(1, 'is empty').optional(),
  config: z.string().min(1, 'is empty').optional(),
  sessionDir: z.string().min(1, 'is empty').optional(),
  json: z.boolean().default(false),
});

/** Works on the job in a folder; the exit code is the run's, 0 where there was nothing to do, 1 where it held a secret. */
export async function botWorkCommand(jobDir: string, raw: Record<string, unknown>): Promise<number> {
  const { out, config, sessionDir, json } = parseOptions(options, raw);
  const layers = await layersOfBot(config, raw);
  const resultDir = resolve(out ?? join(jobDir, 'result'));
  // Before its result has a folder: by default that lies in the job's, which may not be one.
  await readJob(jobDir);
  await makeFolder(resultDir);
  const files = await openRunFiles({
    trajectory: join(resultDir, RESULT_FILES.trajectory),
    patchOut: undefined,
    earlier: [],
    inPlace: null,
  });
  const live = createLive(process.stderr, process.env);
  let sessionId: string | null = null;
  const interrupt = interruptible(
    () => live.note('stopping; once more to stop at once'),
    () => sessionId,
  );
  const emit = (event: TaskEvent) => {
    if (event.type === 'log' && event.event.type === 'session.created') sessionId = event.event.id;
    if (event.type === 'log') files.event(event.event);
    // In JSON too it would be a command of GitHub's runner; so written it says the same.
    if (json) void writeOut(jsonLine(event).replaceAll('##[', '#\\u0023['));
    if (!json || event.type === 'progress') live.show(event);
  };
  try {
    const { job, run, leak } = await work({
      jobDir: resolve(jobDir),
      resultDir,
      sessionsDir: sessionsFolder(sessionDir),
      layers,
      env: process.env,
      version: VERSION,
      dockerfile: dockerfilePath(),
      signal: interrupt.signal,
      emit,
      approve: null,
    });
    live.stop();
    if (run === null) {
      const why = job.decision === 'work' ? '' : job.reason;
      process.stderr.write(`drydock: nothing to work on: ${withHint(why, '')}\n`);
      return 0;
    }
    if (leak !== null) {
      await files.discard();
      process.stderr.write(`drydock: ${withHint(leak, '')}\n`);
      return 1;
    }
    await files.finish(null);
    const { end, harvest, sessionId: id } = run;
    const paint = painter(process.stderr, process.env);
    for (const remark of harvest.remarks) process.stderr.write(`${paint('yellow', `note: ${withHint(remark, '')}`)}\n`);
    if (end.outcome !== 'completed') process.stderr.write(`drydock: ${withHint(end.message, '')}\n`);
    const changed = harvest.files.length;
    process.stderr.write(`${paint('dim', `${end.turns} turns, ${spending(end.usage)}`)}\n`);
    const what = changed === 0 ? 'no file' : `${changed} ${changed === 1 ? 'file' : 'files'}`;
    process.stderr.write(`${paint('dim', `session ${id}: ${what} changed; the result is in ${resultDir}`)}\n`);
    return run.exitCode;
  } finally {
    live.stop();
    interrupt.release();
  }
}
