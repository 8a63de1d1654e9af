/** `drydock compact`: makes the history of a session shorter now. */
import { basename } from 'node:path';
import { z } from 'zod';
import { compactSession, EXIT_CODES, type TaskEvent } from '../../agent/index.ts';
import { ownLayers } from '../call.ts';
import { withHint } from '../errors.ts';
import { interruptible } from '../interrupt.ts';
import { callOptions, parseOptions } from '../options.ts';
import { writeOut } from '../output.ts';
import { jsonLine } from '../render/json.ts';
import { createLive } from '../render/live.ts';
import { painter, spending, tokens } from '../render/text.ts';
import { chosenSession } from '../which-session.ts';

const compactOptions = z.object({
  focus: z.string().trim().min(1, 'is empty').optional(),
  json: z.boolean().default(false),
  sessionDir: callOptions.shape.sessionDir,
});

/** Compacts the session named by `idOrPrefix`. */
export async function compactCommand(idOrPrefix: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(compactOptions, raw);
  const layers = await ownLayers();
  const dir = await chosenSession(options.sessionDir, idOrPrefix);
  const live = createLive(process.stderr, process.env);
  const interrupt = interruptible(
    () => live.note('stopping; once more to stop at once'),
    () => basename(dir),
  );
  const emit = (event: TaskEvent) => {
    if (options.json) void writeOut(jsonLine(event));
    // What the model writes is for the session.
    else if (event.type === 'log') live.show(event);
  };
  const paint = painter(process.stderr, process.env);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const focus = options.focus ?? null;
    const { session, change, usage, end } = await compactSession({
      env: process.env,
      signal: interrupt.signal,
      layers,
      dir,
      focus,
      emit,
    });
    live.stop();
    if (change !== null) {
      say(`session ${session}: ${tokens(change.before)} → ${tokens(change.after)} tokens; ${spending(usage)}`);
      say(paint('dim', `see what went with: drydock show ${session} --compactions`));
    }
    if (end !== null) {
      say(paint('red', `drydock: ${withHint(end.message, end.hint)}`));
      return end.exitCode ?? EXIT_CODES[end.outcome];
    }
    if (change === null) say(`session ${session}: nothing to leave out`);
    return 0;
  } finally {
    live.stop();
    interrupt.release();
  }
}
