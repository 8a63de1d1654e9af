/** The programs that git would start to read or write a file's content, and how to keep it from doing so. */
import { runGit } from './git.ts';
import { type Repository, repositorySettings } from './repository.ts';
import { splitZero } from './zero.ts';

/** Configuration for a call of git that turns every filter driver of the user into one that does nothing. */
export async function emptyFilters(repository: Repository): Promise<[string, string][]> {
  const args = ['config', '-z', '--name-only', '--get-regexp', '^filter\\.'];
  const output = await runGit(args, { ...repositorySettings(repository), accept: [1] });
  const drivers = new Set(splitZero(output).map((key) => key.toString().replace(/\.[^.]*$/, '')));
  return [...drivers].flatMap((driver): [string, string][] => [
    [`${driver}.clean`, ''],
    [`${driver}.smudge`, ''],
    [`${driver}.process`, ''],
    [`${driver}.required`, 'false'],
  ]);
}
