/** The user's skills, from their home. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { PlacedFile } from '../../sandbox/index.ts';
import { userFolder } from '../settings/index.ts';
import { readFolder, TooLarge } from './files.ts';
import { MAX_SKILL_BYTES, MAX_SKILL_FILES, parseSkill, SKILL_FILE, type Skill, type Unusable } from './skill.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Drydock's own folder, then the one that agents share (as Codex documents it: `$HOME/.agents/skills`). */
export function userSkillFolders(env: Env): string[] {
  return [join(userFolder(env), 'skills'), join(env.HOME || homedir(), '.agents', 'skills')];
}

/** The skills in these folders, each a folder or a link to one. What a link inside of it leads out of it to is no part of it. */
export async function userSkills(env: Env): Promise<(Skill | Unusable)[]> {
  const found: (Skill | Unusable)[] = [];
  for (const parent of userSkillFolders(env)) {
    for (const name of await namesIn(parent)) {
      const folder = join(parent, name);
      try {
        found.push(...(await readSkill(folder, name)));
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : null;
        // A file beside the skills, or a link that leads nowhere.
        if (code === 'ENOTDIR' || code === 'ENOENT') continue;
        if (!(error instanceof TooLarge) && code === null) throw error;
        found.push({ folder, problem: error instanceof Error ? error.message : String(error) });
      }
    }
  }
  return found;
}

async function readSkill(folder: string, name: string): Promise<(Skill | Unusable)[]> {
  const names = await readdir(folder);
  if (!names.includes(SKILL_FILE)) return [];
  const { files, left } = await readFolder(folder, { files: MAX_SKILL_FILES, bytes: MAX_SKILL_BYTES });
  const own = files.find(({ path }) => path === SKILL_FILE);
  if (own === undefined) return [{ folder, problem: `${SKILL_FILE} is no file in it` }];
  const parsed = await parseSkill(own.bytes, name);
  if ('problem' in parsed) return [{ folder, problem: parsed.problem }];
  const skill: Skill = { ...parsed, origin: 'user', folder, digest: digestOf(files), files: async () => files };
  return [skill, ...left.map((path) => linkLeft(folder, path))];
}

/** What is said of a link that is not taken along. */
export function linkLeft(folder: string, path: string): Unusable {
  return { folder: `${folder}/${path}`, problem: 'it is neither a file nor a link to one of the same skill' };
}

function digestOf(files: readonly PlacedFile[]): string {
  const hash = createHash('sha256');
  for (const { path, executable, bytes } of files) {
    hash.update(JSON.stringify([path, executable, bytes.length])).update(bytes);
  }
  return hash.digest('hex');
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    // Most people have none of these folders; one that cannot be read has nothing for this run.
    return [];
  }
}
