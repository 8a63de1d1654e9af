/** A skill: a folder whose `SKILL.md` says when and how to do some kind of work. Reading that file. */
import { z } from 'zod';
import type { PlacedFile } from '../../sandbox/index.ts';

/** The file that makes a folder a skill. */
export const SKILL_FILE = 'SKILL.md';

/** `project`: from the base commit, so whoever writes the repository has written it. */
export type SkillOrigin = 'user' | 'project';

export type Skill = {
  name: string;
  description: string;
  origin: SkillOrigin;
  /** Where it lies: absolute for the user's, from the repository's root for the project's. */
  folder: string;
  /** Of all its files. */
  digest: string;
  /** Its files, by their path below its folder. */
  files: () => Promise<PlacedFile[]>;
};

/** A folder that would be a skill, but for what is wrong with it. */
export type Unusable = { folder: string; problem: string };

/** What was found in some folders, in the order of precedence. */
export type FoundSkills = readonly (Skill | Unusable)[];

/** What one skill may take. Fonts and templates of published skills come to some 5 MiB. */
export const MAX_SKILL_BYTES = 8 * 1024 * 1024;
export const MAX_SKILL_FILES = 500;
/** The model reads all of it at once; the format asks for less than a tenth of this. */
export const MAX_SKILL_FILE_BYTES = 256 * 1024;
/** As the Agent Skills format has it, as is the form of a name. */
const MAX_DESCRIPTION = 1024;

const frontMatter = z.object({
  name: z
    .string('has no name')
    .max(64, 'has a name of more than 64 characters')
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'has a name that is not of lower-case letters, digits and single hyphens'),
  description: z
    .string('has no description')
    // It becomes one line of a list.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
    .transform((text) => text.replace(/[\s\x00-\x1f\x7f-\x9f]+/g, ' ').trim())
    .pipe(
      z
        .string()
        .min(1, 'has no description')
        .max(MAX_DESCRIPTION, `has a description of more than ${MAX_DESCRIPTION} characters`),
    ),
});

/** Reads a `SKILL.md` in a folder of the name `folderName`, or says in a few words why it cannot be used. */
export async function parseSkill(
  bytes: Buffer,
  folderName: string,
): Promise<{ name: string; description: string } | { problem: string }> {
  if (bytes.length > MAX_SKILL_FILE_BYTES) {
    return { problem: `${SKILL_FILE} is larger than ${MAX_SKILL_FILE_BYTES / 1024} KiB` };
  }
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '');
  const [, header] = /^---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|$)/ms.exec(text) ?? [];
  if (header === undefined) return { problem: `${SKILL_FILE} does not begin with front matter (---, YAML, ---)` };
  const yaml = await import('yaml');
  const document = yaml.parseDocument(header, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    // Lines are counted from the one that begins the front matter.
    const line = (error.linePos?.[0].line ?? 0) + 1;
    const what = error.message.split('\n')[0]?.replace(/ at line \d+.*$/, '');
    return { problem: `the front matter of ${SKILL_FILE} is no YAML, line ${line}: ${what}` };
  }
  // A bomb of aliases is refused by the library.
  const parsed = frontMatter.safeParse(contentOf(() => document.toJS({ maxAliasCount: 100 })));
  if (!parsed.success) return { problem: `${SKILL_FILE} ${parsed.error.issues[0]?.message ?? 'has no front matter'}` };
  const { name, description } = parsed.data;
  return name === folderName
    ? { name, description }
    : { problem: `${SKILL_FILE} has the name ${name}, not that of its folder` };
}

/** Null for what the library refuses to make. */
function contentOf(make: () => unknown): unknown {
  try {
    return make();
  } catch {
    // It then has neither name nor description, which is what is said of it.
    return {};
  }
}
