/** What the base commit says of how it is to be worked on: instructions, settings and skills. */
import { type Repository, readBase } from '../sandbox/index.ts';
import { type InstructionFile, instructionPaths } from './instructions.ts';
import { PROJECT_FILE } from './settings/index.ts';
import { type FoundSkills, PROJECT_SKILL_FOLDERS, projectSkills } from './skills/index.ts';

/** `instructions` still have their secrets; `settings` is the project's file, where there is one. */
export type Base = { instructions: InstructionFile[]; settings: Buffer | undefined; skills: FoundSkills };

/** Takes one question to git, and more only where the commit has skills and they are wanted. */
export async function lookAtBase(repository: Repository | null, prefix: string, withSkills: boolean): Promise<Base> {
  if (repository === null) return { instructions: [], settings: undefined, skills: [] };
  const paths = instructionPaths(prefix);
  const asked = [...paths, PROJECT_FILE, ...(withSkills ? PROJECT_SKILL_FOLDERS : [])];
  const { files, folders } = await readBase(repository, repository.head, asked);
  const instructions = paths.flatMap((path) => {
    const bytes = files.get(path);
    return bytes === undefined ? [] : [{ path, bytes }];
  });
  return {
    instructions,
    settings: files.get(PROJECT_FILE),
    skills: await projectSkills(repository, repository.head, folders),
  };
}
