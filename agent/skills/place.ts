/** A session's skills on their way into its sandbox: found once, kept in the session's folder, put into each sandbox. */
import { lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlacedFile, Repository } from '../../sandbox/index.ts';
import type { CreatedEvent } from '../../session/index.ts';
import { chooseSkills } from './choose.ts';
import { readFolder, writeFolder } from './files.ts';
import { PROJECT_SKILL_FOLDERS, projectSkills } from './project.ts';
import type { Skill } from './skill.ts';
import { userSkills } from './user.ts';

/** In the session's folder: the copy, and what it is while it is written. */
const KEPT = 'skills';
const WRITTEN = 'skills.tmp';

/** All files of some skills, each below the skill's name. */
export async function filesOf(skills: readonly Skill[]): Promise<PlacedFile[]> {
  const all: PlacedFile[] = [];
  for (const { name, files } of skills) {
    for (const file of await files()) all.push({ ...file, path: `${name}/${file.path}` });
  }
  return all;
}

/**
 * The files of a session's skills: the session's copy, which is made of what `load` gives where it has none yet. So a new sandbox
 * has what the first one had, whatever has become of the user's folders.
 */
export async function keptSkills(dir: string, load: () => Promise<PlacedFile[]>): Promise<PlacedFile[]> {
  const kept = join(dir, KEPT);
  const there = await lstat(kept).catch(() => null); // Not there yet; one that cannot be looked at fails at the rename.
  if (there !== null) {
    const unbounded = { files: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
    return (await readFolder(kept, unbounded)).files;
  }
  const files = await load();
  const written = join(dir, WRITTEN);
  await rm(written, { recursive: true, force: true });
  await writeFolder(written, files);
  await rename(written, kept);
  return files;
}

/** For a session that was cut off before it had its copy: the same skills once more, as far as they are as they were. */
export async function loadAgain(
  { skills, repository: made }: CreatedEvent,
  repository: Repository | null,
  env: NodeJS.ProcessEnv,
): Promise<PlacedFile[]> {
  const digests = new Map(skills?.list.map(({ name, digest }) => [name, digest]));
  const all = [
    ...(await userSkills(env)),
    ...(repository === null || made === null
      ? []
      : await projectSkills(repository, made.rules ?? made.base, PROJECT_SKILL_FOLDERS)),
  ];
  return filesOf(chooseSkills(all).skills.filter(({ name, digest }) => digests.get(name) === digest));
}

/** Puts files into a folder on the host, in the place of what a killed run has left. It is made, never taken over from somebody. */
export async function placeOnHost(folder: string, files: readonly PlacedFile[]): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await writeFolder(folder, files);
}
