/** What a change must not be to be handed over: too large, or with words in it that the user has blocked. */
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

/** The lines that a patch adds, and the names of its files. */
export function addedText(patch: string): string {
  let isHeader = true;
  return patch
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('diff --git ')) isHeader = true;
      else if (line.startsWith('@@')) isHeader = false;
      if (isHeader)
        return /^(?:\+\+\+ |rename to )/.test(line) ? [line.replace(/^(?:\+\+\+ (?:b\/)?|rename to )/, '')] : [];
      return line.startsWith('+') ? [line.slice(1)] : [];
    })
    .join('\n');
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
