/** The base commit's skills, read with git and never from the working tree. */
import { posix } from 'node:path';
import {
  type BaseEntry,
  GitError,
  listBase,
  type PlacedFile,
  type Repository,
  readBaseFiles,
} from '../../sandbox/index.ts';
import {
  MAX_SKILL_BYTES,
  MAX_SKILL_FILE_BYTES,
  MAX_SKILL_FILES,
  parseSkill,
  SKILL_FILE,
  type Skill,
  type Unusable,
} from './skill.ts';
import { linkLeft } from './user.ts';

/** Where projects keep skills: Drydock's own folder, the one that agents share, and Claude Code's. The first one wins. */
export const PROJECT_SKILL_FOLDERS: readonly string[] = ['.drydock/skills', '.agents/skills', '.claude/skills'];

/** More than this in one commit is not a set of skills. */
const MAX_FOLDERS = 256;

/** The skills in those of the folders that the commit has. Links are not followed. Throws `RepositoryError`, `GitError`. */
export async function projectSkills(
  repository: Repository,
  commit: string,
  parents: readonly string[],
): Promise<(Skill | Unusable)[]> {
  if (parents.length === 0) return [];
  let entries: BaseEntry[];
  try {
    entries = await listBase(repository, commit, parents);
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== 'too_much_output') throw error;
    return parents.map((folder) => ({ folder, problem: 'too many files lie in it' }));
  }
  const folders = parents.flatMap((parent) => skillFolders(entries, parent));
  const names = new Set(folders.map(({ path }) => posix.basename(path)));
  // A link to a skill that is found anyhow is no loss: projects make them for agents that look in one folder only.
  const links = entries
    .filter(
      ({ path, kind }) =>
        kind === 'symlink' && parents.includes(posix.dirname(path)) && !names.has(posix.basename(path)),
    )
    .map(({ path }) => ({ folder: path, problem: 'links in a commit are not followed' }));
  const tooMany = folders.splice(MAX_FOLDERS).map(({ path }) => ({ folder: path, problem: 'too many lie beside it' }));
  const documents = await readBaseFiles(
    repository,
    commit,
    folders.map(({ path }) => `${path}/${SKILL_FILE}`),
    MAX_FOLDERS * MAX_SKILL_FILE_BYTES,
  );
  const found = await Promise.all(
    folders.map(async ({ path, id, inside }): Promise<(Skill | Unusable)[]> => {
      const files = inside.filter(({ kind }) => kind === 'file' || kind === 'executable');
      const bytes = files.reduce((sum, { size }) => sum + size, 0);
      if (files.length > MAX_SKILL_FILES)
        return [{ folder: path, problem: `it has more than ${MAX_SKILL_FILES} files` }];
      if (bytes > MAX_SKILL_BYTES)
        return [{ folder: path, problem: `it is larger than ${MAX_SKILL_BYTES / 1024 ** 2} MiB` }];
      const document = documents.get(`${path}/${SKILL_FILE}`);
      if (document === undefined) return [{ folder: path, problem: `${SKILL_FILE} cannot be read` }];
      const parsed = await parseSkill(document, posix.basename(path));
      if ('problem' in parsed) return [{ folder: path, problem: parsed.problem }];
      const skill: Skill = {
        ...{ ...parsed, origin: 'project', folder: path, digest: id },
        files: () => contents(repository, commit, path, files),
      };
      const left = inside.filter(({ kind }) => kind === 'symlink' || kind === 'other');
      return [skill, ...left.map((entry) => linkLeft(path, posix.relative(path, entry.path)))];
    }),
  );
  return [...found.flat(), ...links, ...tooMany];
}

/** The folders right below `parent` that have a `SKILL.md` of a fit size, with all that lies in them. */
function skillFolders(
  entries: readonly BaseEntry[],
  parent: string,
): { path: string; id: string; inside: BaseEntry[] }[] {
  const byFolder = new Map<string, { path: string; id: string; inside: BaseEntry[] }>();
  for (const entry of entries) {
    const below = entry.path.startsWith(`${parent}/`) ? entry.path.slice(parent.length + 1).split('/') : [];
    if (below.length === 1 && entry.kind === 'folder')
      byFolder.set(entry.path, { path: entry.path, id: entry.id, inside: [] });
    else if (below.length > 1) byFolder.get(`${parent}/${below[0]}`)?.inside.push(entry);
  }
  return [...byFolder.values()].filter(({ path, inside }) =>
    inside.some((entry) => entry.path === `${path}/${SKILL_FILE}` && entry.kind !== 'folder'),
  );
}

/** A file whose name git cannot be asked for by line is not there; one whose object is missing fails the import too. */
async function contents(
  repository: Repository,
  commit: string,
  folder: string,
  files: readonly BaseEntry[],
): Promise<PlacedFile[]> {
  const most = 2 * MAX_SKILL_BYTES;
  const read = await readBaseFiles(
    repository,
    commit,
    files.map(({ path }) => path),
    most,
  );
  return files.flatMap(({ path, kind }) => {
    const bytes = read.get(path);
    return bytes === undefined
      ? []
      : [{ path: posix.relative(folder, path), executable: kind === 'executable', bytes }];
  });
}
