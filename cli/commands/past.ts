/** `drydock undo` and `drydock fork`: back to an earlier turn, in the same session or in a new one. */
import { z } from 'zod';
import { forkSession, undo } from '../../agent/index.ts';
import { withHint } from '../errors.ts';
import { callOptions, parseOptions, turnOption } from '../options.ts';
import { writeOut } from '../output.ts';
import { painter } from '../render/text.ts';
import { noteUnsaved } from '../render/unsaved.ts';
import { chosenSession, sessionsFolder } from '../which-session.ts';

const { sessionDir } = callOptions.shape;

/** Goes back in the session named by `idOrPrefix`. */
export async function undoCommand(idOrPrefix: string, raw: Record<string, unknown>): Promise<number> {
  const { to, ...options } = parseOptions(z.object({ to: turnOption, sessionDir }), raw);
  const dir = await chosenSession(options.sessionDir, idOrPrefix);
  const { session, turn, files, branch, remarks, problems } = await undo(dir, to ?? null, process.env);
  const paint = painter(process.stderr, process.env);
  const say = (line: string) => process.stderr.write(`${line}\n`);
  for (const remark of remarks) say(paint('yellow', withHint(`note: ${remark}`, '')));
  if (turn === null) {
    say(
      `session ${session}: ${to === undefined ? 'nothing to undo' : remarks.length > 0 ? 'nothing to change' : `the files are already as after turn ${to}`}`,
    );
    return 0;
  }
  const then = turn === 0 ? 'as they were at the start' : `as they were after turn ${turn}`;
  const differ = `${files.length} ${files.length === 1 ? 'differs' : 'differ'} from the base`;
  say(`session ${session}: the files are ${then} (${differ})${branch === null ? '' : `, on branch ${branch} too`}`);
  if (problems.length === 0) return 0;
  say(paint('red', `drydock: ${withHint(problems.join('; '), 'the session itself has gone back')}`));
  return 2;
}

/** Begins a session as a copy of the one named by `idOrPrefix`, and prints its id. */
export async function forkCommand(idOrPrefix: string, raw: Record<string, unknown>): Promise<number> {
  const { at, ...options } = parseOptions(z.object({ at: turnOption, sessionDir }), raw);
  const dir = await chosenSession(options.sessionDir, idOrPrefix);
  const { session, turn, unsaved } = await forkSession(dir, sessionsFolder(options.sessionDir), at ?? null);
  noteUnsaved(unsaved);
  process.stderr.write(`forked after turn ${turn}; go on with: drydock resume ${session} "what to do now"\n`);
  await writeOut(`${session}\n`);
  return 0;
}
