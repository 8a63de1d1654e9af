/** Which of the skills that were found a session has, and how the model is told of them. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreatedEvent } from '../../session/index.ts';
import type { FoundSkills, Skill } from './skill.ts';

/** Where a container has them: beside the workspace, so that they are no part of the work. */
export const SKILLS_FOLDER = '/skills';

/** What all lines of the list may take together: each request carries it (Codex allows 8,000 characters). */
const MAX_LIST_BYTES = 16 * 1024;
const MAX_SKILLS = 64;

/** What a session is made with; `folder` is where its commands find them. */
export type SessionSkills = NonNullable<CreatedEvent['skills']>;

/**
 * Chooses among what was found, the user's before the project's: of a name the first, and as many as the list may hold. The
 * order of the list is that of names. `notes` are lines for a person: what is left out, and why.
 */
export function chooseSkills(found: FoundSkills): { skills: Skill[]; notes: string[] } {
  const chosen = new Map<string, Skill>();
  const notes: string[] = [];
  const full: string[] = [];
  let bytes = 0;
  for (const skill of found) {
    if ('problem' in skill) {
      notes.push(`note: skills: ${skill.folder} is left out: ${skill.problem}`);
      continue;
    }
    const first = chosen.get(skill.name);
    if (first !== undefined) {
      // Projects link or copy a skill into the folder of each agent.
      if (first.digest !== skill.digest)
        notes.push(`note: skills: ${skill.folder} is left out: ${first.folder} has the same name`);
      continue;
    }
    const line = Buffer.byteLength(lineOf(skill));
    if (chosen.size >= MAX_SKILLS || bytes + line > MAX_LIST_BYTES) {
      full.push(skill.name);
      continue;
    }
    bytes += line;
    chosen.set(skill.name, skill);
  }
  if (full.length > 0) {
    const limit = `${MAX_SKILLS} skills and ${MAX_LIST_BYTES / 1024} KiB of descriptions`;
    const names = full.length > 5 ? `${full.slice(0, 5).join(', ')} and ${full.length - 5} more` : full.join(', ');
    notes.push(`note: skills: ${names} left out: there is room for ${limit}`);
  }
  return { skills: [...chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), notes };
}

/** What of the skills is on record, with where the backend has them; null: there are none. */
export function recordOf(
  skills: readonly Skill[],
  backend: 'docker' | 'host',
  sessionId: string,
): SessionSkills | null {
  if (skills.length === 0) return null;
  const list = skills.map(({ name, description, origin, folder, digest }) => ({
    name,
    description,
    origin,
    folder,
    digest,
  }));
  return { folder: backend === 'docker' ? SKILLS_FOLDER : hostFolder(sessionId), list };
}

/**
 * Where commands on the host find the skills of a session: not in the session's folder, which another user who runs them
 * need not be able to read.
 */
function hostFolder(sessionId: string): string {
  return join(tmpdir(), `drydock-skills-${sessionId}`);
}

/** What is the same whichever skills there are: for the digest of a configuration, which has their digests beside it. */
export function withoutList(skills: SessionSkills | null): SessionSkills | null {
  return skills && { folder: SKILLS_FOLDER, list: [] };
}

/** The skills as the model reads of them; empty where there are none. */
export function renderSkills(skills: SessionSkills | null): string {
  if (skills === null) return '';
  return `Skills are folders with instructions, and often scripts, for one kind of work. Where the task is of the kind that a description names, first read that skill's SKILL.md with read_file, and follow it as you would the instruction files; paths in it are relative to its folder. They are read-only, and no part of the repository.
${skills.list.map((skill) => lineOf(skill, skills.folder)).join('\n')}`;
}

function lineOf({ name, description }: Pick<Skill, 'name' | 'description'>, folder = SKILLS_FOLDER): string {
  return `- ${folder}/${name}/SKILL.md: ${description}`;
}
