/** What a commit in the trusted repository changes, as whoever decides on it needs it: modes, sizes, lines, and every byte that is new. */
import { GitError, runGit } from './git.ts';
import { parseBatch } from './repository.ts';
import { type TrustedRepository, trustedSettings } from './trusted.ts';
import { splitZero } from './zero.ts';

/** Modes are git's; `000000`: there is no such file on that side. A rename is one that went and one that came. */
export type ChangedFile = {
  /** Bytes that are not UTF-8 are U+FFFD. */
  path: string;
  /** Added, modified, deleted, or turned into another kind of file. */
  status: 'A' | 'M' | 'D' | 'T';
  oldMode: string;
  newMode: string;
  /** The new content; null: it went, or is a submodule. */
  content: Buffer | null;
  linesAdded: number;
  linesRemoved: number;
  /** The lines that came, as one text, and the number that each has in the new file. */
  added: { text: string; lines: number[] };
};

/**
 * Reads what `base..commit` changes, in git's order. What `.gitattributes` say of a file does not matter. Both commits must have
 * passed `receiveTree`, which also bounds their size. Throws `GitError`, also where the lines that went are too many to be read.
 */
export async function readChange(trusted: TrustedRepository, base: string, commit: string): Promise<ChangedFile[]> {
  const settings = trustedSettings(trusted);
  const options = ['-r', '--no-renames', '--no-ext-diff', '--no-textconv'];
  const raw = splitZero(await runGit(['diff-tree', ...options, '-z', '--raw', '--no-abbrev', base, commit], settings));
  const entries = raw.flatMap((record, index) => {
    const path = raw[index + 1];
    const [, oldMode, newMode, oldId, newId, letter] =
      /^:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) ([AMDT])$/.exec(record.toString('latin1')) ?? [];
    if (index % 2 === 1 || path === undefined || !oldMode || !newMode || !oldId || !newId) return [];
    return [{ path: path.toString(), status: statusOf(letter), oldMode, newMode, oldId, newId }];
  });
  const patch = await runGit(['diff-tree', ...options, '-p', '-U0', '--text', '--full-index', base, commit], settings);
  const hunks = parsePatch(patch.toString());
  const isBlob = (mode: string) => mode !== '000000' && mode !== '160000';
  const wanted = entries.filter(({ newMode }) => isBlob(newMode)).map(({ newId }) => newId);
  const contents = await readBlobs(trusted, wanted);
  return entries.map(({ path, status, oldMode, newMode, oldId, newId }) => {
    const none = '0'.repeat(oldId.length);
    // Another kind of file is in the patch as one that went and one that came.
    const keys = status === 'T' ? [`${oldId}..${none}`, `${none}..${newId}`] : [`${oldId}..${newId}`];
    const parts = keys.flatMap((key) => hunks.get(key) ?? []);
    return {
      path,
      status,
      oldMode,
      newMode,
      content: contents.get(newId) ?? null,
      linesAdded: parts.reduce((sum, part) => sum + part.lines.length, 0),
      linesRemoved: parts.reduce((sum, part) => sum + part.removed, 0),
      added: { text: parts.flatMap((part) => part.text).join('\n'), lines: parts.flatMap((part) => part.lines) },
    };
  });
}

function statusOf(letter: string | undefined): ChangedFile['status'] {
  return letter === 'A' || letter === 'D' || letter === 'T' ? letter : 'M';
}

async function readBlobs(trusted: TrustedRepository, ids: readonly string[]): Promise<Map<string, Buffer>> {
  const unique = [...new Set(ids)];
  if (unique.length === 0) return new Map();
  const stdin = unique.map((id) => `${id}\n`).join('');
  const answers = parseBatch(await runGit(['cat-file', '--batch', '--buffer'], { ...trustedSettings(trusted), stdin }));
  return new Map(
    unique.map((id, index) => {
      const answer = answers[index];
      if (answer?.kind !== 'blob') throw new GitError('failed', `git cat-file: ${id} is no file`);
      return [id, answer.content];
    }),
  );
}

type Hunks = { text: string[]; lines: number[]; removed: number };

/**
 * Parses a patch without context by the ids of the contents. A hunk's own numbers say where it ends, so that no line of a file is
 * taken for a header.
 */
function parsePatch(patch: string): Map<string, Hunks> {
  const found = new Map<string, Hunks>();
  let current: Hunks | null = null;
  const lines = patch.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    const [, ids] = /^index ([0-9a-f]+\.\.[0-9a-f]+)/.exec(line) ?? [];
    if (ids !== undefined) {
      // The same contents twice are the same hunks twice.
      current = { text: [], lines: [], removed: 0 };
      found.set(ids, current);
    }
    const [, removed, start, added] = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (current === null || start === undefined) continue;
    let [minus, plus] = [Number(removed ?? 1), Number(added ?? 1)];
    current.removed += minus;
    for (let number = Number(start); minus + plus > 0 && at + 1 < lines.length; ) {
      const inside = lines[++at] ?? '';
      if (inside.startsWith('-')) minus -= 1;
      if (!inside.startsWith('+')) continue;
      plus -= 1;
      current.text.push(inside.slice(1));
      current.lines.push(number++);
    }
  }
  return found;
}

/** What a commit says. */
export async function readCommitMessage(trusted: TrustedRepository, commit: string): Promise<string> {
  const options = ['-s', '--no-show-signature', '--encoding=UTF-8', '--format=%B'];
  return (await runGit(['show', ...options, `${commit}^{commit}`], trustedSettings(trusted))).toString();
}
