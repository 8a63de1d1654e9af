/** What a commit in the trusted repository changes: as a patch, byte for byte, and as a list. */
import { openGit, runGit } from './git.ts';
import { type TrustedRepository, trustedSettings } from './trusted.ts';
import { splitZero } from './zero.ts';

/**
 * Writes the patch from `base` to `commit` to `file`, binary files included. The plumbing command, because the user's
 * configuration (prefixes, colours, external programs, rename detection) does not reach it.
 */
export async function diffFile(trusted: TrustedRepository, base: string, commit: string, file: string): Promise<void> {
  const git = await openGit({ ...trustedSettings(trusted), config: [['core.quotePath', 'false']] });
  const options = ['-r', '-p', '--binary', '--full-index', '--no-renames', '--no-ext-diff', '--no-textconv'];
  await git.raw(['diff-tree', ...options, `--output=${file}`, base, commit]);
}

/** `added` and `removed` are lines; null in a binary file. */
export type FileChange = { path: string; added: number | null; removed: number | null };

/** The changed files of `base..commit`, in git's order. */
export async function diffStat(trusted: TrustedRepository, base: string, commit: string): Promise<FileChange[]> {
  const options = ['-r', '-z', '--numstat', '--no-renames', '--no-ext-diff', '--no-textconv'];
  const output = await runGit(['diff-tree', ...options, base, commit], {
    ...trustedSettings(trusted),
    background: true,
  });
  return splitZero(output).map((record) => {
    const [added = '-', removed = '-', ...path] = record.toString().split('\t');
    const count = (text: string) => (text === '-' ? null : Number(text));
    return { path: path.join('\t'), added: count(added), removed: count(removed) };
  });
}
