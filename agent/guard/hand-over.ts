/** What a change must not be to be handed over: too large, or with words in it that the user has blocked. */
import { unquotePath } from '../../sandbox/index.ts';
import type { Limits, RunEnd } from '../limits.ts';

type ChangedFile = { path: string; added: number | null; removed: number | null };

/** How far a change is over the limits, in words; null: it is not. A binary file counts as a file, without lines. */
export function tooLarge(
  files: readonly ChangedFile[],
  limits: Pick<Limits, 'maxDiffLines' | 'maxDiffFiles'>,
): string | null {
  const lines = files.reduce((sum, { added, removed }) => sum + (added ?? 0) + (removed ?? 0), 0);
  const { maxDiffLines, maxDiffFiles } = limits;
  const over = [
    maxDiffLines !== undefined && lines > maxDiffLines ? `${lines} changed lines, at most ${maxDiffLines}` : '',
    maxDiffFiles !== undefined && files.length > maxDiffFiles ? `${files.length} files, at most ${maxDiffFiles}` : '',
  ].filter((text) => text !== '');
  return over.length === 0 ? null : over.join('; ');
}

const FILE = 'diff --git ';

/** The lines that a patch without renames adds, and the names of the files that it leaves. */
export function addedText(patch: string): string {
  const added: string[] = [];
  let isHeader = true;
  for (const line of patch.split('\n')) {
    // Each line of a file's text has a sign before it. Not all files have more than this line: an empty one, or a binary one.
    if (line.startsWith(FILE)) {
      isHeader = true;
      added.push(nameIn(line));
    } else if (isHeader && line.startsWith('deleted file mode ')) added.pop();
    else if (line.startsWith('@@')) isHeader = false;
    else if (!isHeader && line.startsWith('+')) added.push(line.slice(1));
  }
  return added.join('\n');
}

/** The name in the line that begins a file: it stands there twice, as `a/NAME` and `b/NAME`. */
function nameIn(line: string): string {
  const twice = line.slice(FILE.length);
  return unquotePath(twice.slice((twice.length + 1) / 2)).slice('b/'.length);
}

/** How a run ends whose change is too large to be handed over. `inPlace`: it was made in the user's own folder. */
export function tooLargeEnd(why: string, inPlace: boolean): RunEnd {
  const next = 'resume with a higher --max-diff or --max-diff-files, or have the model make it smaller';
  return {
    outcome: 'limit',
    message: `the change is larger than may be handed over: ${why}`,
    hint: hint(inPlace, next),
  };
}

/** How a run ends whose change holds what the user has blocked. */
export function blockedEnd(expression: string, inPlace: boolean): RunEnd {
  const message = `the change is not handed over: it adds what guard.blocked forbids (${expression})`;
  return { outcome: 'usage', message, hint: hint(inPlace, 'have it taken out with `drydock resume`') };
}

function hint(inPlace: boolean, next: string): string {
  return inPlace
    ? 'it stands in the folder all the same, which was worked on in place'
    : `it is kept: see it with \`drydock diff\`, then ${next}`;
}
