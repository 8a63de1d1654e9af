/** `drydock diff` and `drydock apply`: the work of a session on the screen, and in the working tree. */
import { z } from 'zod';
import { applyWork, type Work, workAfter } from '../../agent/index.ts';
import { callOptions, parseOptions, turnOption } from '../options.ts';
import { writeOut } from '../output.ts';
import { paintDiff } from '../render/diff.ts';
import { type Paint, painter, printable } from '../render/text.ts';
import { noteUnsaved } from '../render/unsaved.ts';
import { chosenSession, shownSession } from '../which-session.ts';

const applyOptions = z.object({ at: turnOption, sessionDir: callOptions.shape.sessionDir });
const diffOptions = applyOptions.extend({ stat: z.boolean().default(false) });

/** Prints what the session named by `idOrPrefix` has changed. */
export async function diffCommand(idOrPrefix: string, raw: Record<string, unknown>): Promise<number> {
  const { at, stat, sessionDir } = parseOptions(diffOptions, raw);
  const dir = await shownSession(sessionDir, idOrPrefix);
  const { files, patch, unsaved } = await workAfter(dir, at ?? null, process.env);
  noteUnsaved(unsaved);
  const paint = painter(process.stdout, process.env);
  if (stat) await writeOut(statOf(files, paint));
  else await writeOut(process.stdout.isTTY ? paintDiff(patch.toString('utf8'), paint) : patch);
  return 0;
}

/** Puts that into the working tree. */
export async function applyCommand(idOrPrefix: string, raw: Record<string, unknown>): Promise<number> {
  const { at, sessionDir } = parseOptions(applyOptions, raw);
  const dir = await chosenSession(sessionDir, idOrPrefix);
  const { session, root, files, changed, unsaved } = await applyWork(dir, at ?? null, process.env);
  noteUnsaved(unsaved);
  const after = unsaved?.shown ?? at;
  const then = after === undefined ? '' : `, as after turn ${after}`;
  const done = changed ? 'put into' : 'already in';
  process.stderr.write(`session ${session}: ${count(files.length)}${then} ${done} ${printable(root)}\n`);
  return 0;
}

/** A line for each file, then their sum. */
function statOf(files: Work['files'], paint: Paint): string {
  const width = Math.max(...files.map(({ path }) => printable(path).length));
  const changes = (added: number | null, removed: number | null) =>
    added === null || removed === null ? 'binary' : `${paint('green', `+${added}`)} ${paint('red', `-${removed}`)}`;
  const lines = files.map(
    ({ path, added, removed }) => `${printable(path).padEnd(width)} | ${changes(added, removed)}`,
  );
  const sum = (side: 'added' | 'removed') => files.reduce((total, file) => total + (file[side] ?? 0), 0);
  return [...lines, `${count(files.length)} changed, ${changes(sum('added'), sum('removed'))}`, ''].join('\n');
}

function count(files: number): string {
  return `${files} ${files === 1 ? 'file' : 'files'}`;
}
