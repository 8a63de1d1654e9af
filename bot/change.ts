/** What a change that a sandbox made may hold, by what the base branch allows. */
import { fitsGlob } from '../agent/index.ts';
import type { BotConfig } from './config.ts';
import { badName, foldPath } from './names.ts';

/** A path that differs from the one before. Modes are git's; `000000`: there is no such file on that side. */
export type ChangeEntry = {
  path: string;
  /** Added, modified, deleted, or turned into another kind of file. */
  status: 'A' | 'M' | 'D' | 'T';
  oldMode: string;
  newMode: string;
  /** Of the new content. */
  bytes: number;
  /** Whether the new content is no text. */
  binary: boolean;
  linesAdded: number;
  linesRemoved: number;
  /** What a symlink points at; null: it is none. */
  target: string | null;
};

/** Why a change is not published. */
export type Refusal = {
  /** Null: it is the change as a whole. */
  path: string | null;
  reason: string;
  /** The setting of `.drydock/bot.yaml` that would let it pass, as it is written there; null: nothing does. */
  allowance: string | null;
};

type Rule = { allow: 'workflows' | 'codeowners' | 'instructions' | null; reason: string; paths: readonly string[] };

/** Folded paths, as globs. What is not here is an ordinary file, which a person reviews. */
const RULES: readonly Rule[] = [
  {
    allow: null,
    reason: 'says where submodules come from',
    paths: ['**/.gitmodules'],
  },
  {
    allow: 'workflows',
    reason: 'says what the CI runs, with its secrets',
    paths: [
      '.github/workflows/**',
      '.github/actions/**',
      '.github/dependabot.y*ml',
      '.gitlab-ci.y*ml',
      '.gitlab/**',
      '.gitea/**',
      '.forgejo/**',
      '.circleci/**',
      '.buildkite/**',
      '.woodpecker/**',
      '.woodpecker.y*ml',
      '.drone.y*ml',
      '.travis.y*ml',
      '.cirrus.y*ml',
      '.appveyor.y*ml',
      'appveyor.y*ml',
      '.azure-pipelines/**',
      'azure-pipelines*.y*ml',
      'bitbucket-pipelines.y*ml',
      'jenkinsfile',
      'jenkinsfile.*',
      'renovate.json*',
      '.github/renovate.json*',
      '.renovaterc*',
    ],
  },
  {
    allow: 'codeowners',
    reason: 'says who has to review what',
    // GitLab has a third place beside GitHub's.
    paths: ['codeowners', '.github/codeowners', 'docs/codeowners', '.gitlab/codeowners'],
  },
  {
    allow: 'instructions',
    reason: 'tells agents what to do',
    paths: [
      '**/.drydock/**',
      '**/agents.md',
      '**/agents.override.md',
      '**/agent.md',
      '**/claude.md',
      '**/claude.local.md',
      '**/gemini.md',
      '**/.agents/**',
      '**/.claude/**',
      '**/.codex/**',
      '**/.cursor/**',
      '**/.cursorrules',
      '**/.gemini/**',
      '**/.clinerules',
      '**/.clinerules/**',
      '**/.windsurf/**',
      '**/.windsurfrules',
      '**/.continue/**',
      '**/.roo/**',
      '**/.junie/**',
      '**/.aider*',
      '**/.amazonq/**',
      '**/.kiro/**',
      '**/.opencode/**',
      '**/opencode.json*',
      '**/.mcp.json',
      '.github/copilot-instructions.md',
      '.github/instructions/**',
      '.github/prompts/**',
      '.github/agents/**',
      '.github/chatmodes/**',
    ],
  },
];

/**
 * Refused although a person reviews the change: attributes take files out of the review (`-diff`, `linguist-generated`) and name
 * programs that git starts; the others run on the machine of whoever checks the branch out to look at it.
 */
const SILENT: readonly { reason: string; paths: readonly string[] }[] = [
  { reason: 'can hide files from review, and names programs that git starts', paths: ['**/.gitattributes'] },
  {
    reason: 'runs by itself on the machine of whoever checks it out',
    paths: [
      '**/.githooks/**',
      '**/.husky/**',
      '**/.envrc',
      '**/.vscode/tasks.json',
      '**/.vscode/settings.json',
      '**/.devcontainer/**',
      '**/.devcontainer.json',
      '.gitpod.y*ml',
    ],
  },
];

const isLink = (mode: string) => mode === '120000';
const isSubmodule = (mode: string) => mode === '160000';

/** The folders that a glob names on its way: `**` alone is none. */
function foldersOf(glob: string): string[] {
  const names = glob.split('/');
  return names.slice(0, -1).flatMap((name, index) => (name === '**' ? [] : [names.slice(0, index + 1).join('/')]));
}

/** Everything that keeps a change from being published, file by file in their order, then what is wrong with the whole. */
export function checkChange(entries: readonly ChangeEntry[], config: BotConfig): Refusal[] {
  return [...entries.flatMap((entry) => checkEntry(entry, config)), ...checkSize(entries, config)];
}

function checkEntry(entry: ChangeEntry, config: BotConfig): Refusal[] {
  const { path } = entry;
  const { allow } = config;
  if (isSubmodule(entry.oldMode) || isSubmodule(entry.newMode)) {
    return [{ path, reason: 'it is a submodule', allowance: null }];
  }
  const folded = foldPath(path);
  // A link in the place of a folder brings whatever it points at.
  const places = (glob: string) => (isLink(entry.newMode) ? [glob, ...foldersOf(glob)] : [glob]);
  const fits = (globs: readonly string[]) => globs.flatMap(places).some((glob) => fitsGlob(glob, folded));
  const isListed = allow.paths.some((glob) => fitsGlob(glob, path));
  const found: Refusal[] = [];
  // A name that is there already does no new harm, and one that goes is welcome to.
  const bad = entry.status === 'A' ? badName(path) : null;
  if (bad?.always) return [{ path, reason: bad.why, allowance: null }];
  if (bad !== null && !isListed) found.push({ path, reason: bad.why, allowance: 'allow.paths' });
  for (const rule of RULES) {
    if (!fits(rule.paths)) continue;
    if (rule.allow === null) found.push({ path, reason: `it ${rule.reason}`, allowance: null });
    else if (!allow[rule.allow] && !isListed)
      found.push({ path, reason: `it ${rule.reason}`, allowance: `allow.${rule.allow}` });
  }
  if (isListed) return found;
  for (const { reason, paths } of SILENT) {
    if (fits(paths)) found.push({ path, reason: `it ${reason}`, allowance: 'allow.paths' });
  }
  if (isLink(entry.newMode)) {
    if (!allow.symlinks)
      found.push({ path, reason: `it is a symlink to ${entry.target ?? 'nothing'}`, allowance: 'allow.symlinks' });
  } else if (entry.binary && !allow.binaries) {
    found.push({ path, reason: 'it is no text', allowance: 'allow.binaries' });
  }
  return found;
}

function checkSize(entries: readonly ChangeEntry[], config: BotConfig): Refusal[] {
  const { maxFiles, maxLines, maxFileBytes } = config;
  const lines = entries.reduce((sum, { linesAdded, linesRemoved }) => sum + linesAdded + linesRemoved, 0);
  const found: Refusal[] = entries
    .filter(({ bytes }) => bytes > maxFileBytes)
    .map(({ path, bytes }) => ({
      path,
      reason: `it has ${bytes} bytes, at most ${maxFileBytes}`,
      allowance: 'max-file-bytes',
    }));
  if (entries.length > maxFiles)
    found.push({ path: null, reason: `${entries.length} files, at most ${maxFiles}`, allowance: 'max-files' });
  if (lines > maxLines)
    found.push({ path: null, reason: `${lines} changed lines, at most ${maxLines}`, allowance: 'max-lines' });
  return found;
}

/** What a reviewer should look at twice in a change that is published. */
export function noteChange(entries: readonly ChangeEntry[]): { path: string; note: string }[] {
  return entries.flatMap(({ path, oldMode, newMode, target, binary }) => {
    if (isLink(newMode)) return [{ path, note: `is a symlink to ${target ?? 'nothing'}` }];
    if (newMode === '100755' && oldMode !== '100755') return [{ path, note: 'can now be executed' }];
    return binary && newMode !== '000000' ? [{ path, note: 'is no text' }] : [];
  });
}
