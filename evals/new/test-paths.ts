/** Which files of a change are tests, and which of them a runner is given. Pure. */
import { posix } from 'node:path';
import type { RunnerName } from '../task.ts';

/** Folders that hold tests and what they need, in the languages that we know. */
const TEST_FOLDERS =
  /(^|\/)(tests?|__tests__|__snapshots__|__mocks__|specs?|testdata|test[-_]?(data|utils?|helpers?))\//;
/** Base names of tests. */
const TEST_NAMES =
  /^(tests?\.\w+|conftest\.py|test_.*\.(py|sh|js|mjs|cjs|ts)|test-.*\.(js|mjs|cjs|ts|sh)|.*[._-](test|tests|spec|specs)\.\w+|.*(?:Test|Tests|IT|Spec)\.(java|kt|scala|groovy|cs|php|swift))$/;

/** Whether a path is one of a test or of what tests need: by these globs where there are some, else by the conventions of languages. */
export function isTestPath(path: string, globs: readonly string[]): boolean {
  if (globs.length > 0) return globs.some((glob) => matchesGlob(path, glob));
  return TEST_FOLDERS.test(path) || TEST_NAMES.test(posix.basename(path));
}

/** `*` and `?` stay in a folder, `**` does not; a glob without a slash is one of base names. */
export function matchesGlob(path: string, glob: string): boolean {
  const pattern = glob.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (part) => GLOB_PARTS[part] ?? `\\${part}`);
  return new RegExp(`^${pattern}$`, 's').test(glob.includes('/') ? path : posix.basename(path));
}

const GLOB_PARTS: Readonly<Record<string, string>> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' };

type Kind = {
  /** Of the file's name. */
  extension: RegExp;
  /** What such a file says when it has tests; null: any does. */
  text: RegExp | null;
};

const JAVASCRIPT: Kind = { extension: /\.[cm]?[jt]sx?$/, text: /\b(?:test|it|describe|suite)(?:\.\w+)*\s*\(/ };
const PYTHON: Kind = {
  extension: /(?<!(?:^|\/)(?:conftest|__init__))\.py$/,
  text: /^\s*(?:async\s+)?def test|\bTestCase\b/m,
};
const SHELL: Kind = { extension: /\.(?:sh|bash|t)$/, text: null };

const KINDS: Record<RunnerName, Kind> = {
  'node-test': JAVASCRIPT,
  vitest: JAVASCRIPT,
  jest: JAVASCRIPT,
  mocha: JAVASCRIPT,
  unittest: PYTHON,
  pytest: PYTHON,
  go: { extension: /_test\.go$/, text: null },
  tap: SHELL,
  script: SHELL,
};

/** What a runner is given of these files of tests: for Go their folders, which are packages. */
export function filesForRunner(runner: RunnerName, files: readonly { path: string; bytes: Uint8Array }[]): string[] {
  const { extension, text } = KINDS[runner];
  const chosen = files
    .filter(({ path, bytes }) => extension.test(path) && (text === null || text.test(Buffer.from(bytes).toString())))
    .map(({ path }) => path);
  if (runner !== 'go') return chosen;
  return [...new Set(chosen.map((path) => posix.dirname(path)))].map((folder) =>
    folder === '.' ? '.' : `./${folder}`,
  );
}
