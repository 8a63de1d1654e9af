/** Which runner a repository's tests are for, by what they and its settings say. Pure. */
import { RUNNERS, type RunnerName } from '../task.ts';
import { filesForRunner } from './test-paths.ts';

type TextFile = { path: string; bytes: Uint8Array };

/** Files of a repository's top that tell of its runner. */
export const TELLING_FILES = ['package.json', 'pytest.ini', '.pytest.ini', 'pyproject.toml', 'setup.cfg', 'tox.ini'];

/** Runners of JavaScript by what their tests import. */
const IMPORTS: readonly [RunnerName, RegExp][] = [
  ['node-test', /['"]node:test['"]/],
  ['vitest', /['"]vitest['"]/],
  ['jest', /['"]@jest\/globals['"]|\bjest\.(?:fn|mock|spyOn)\(/],
  ['mocha', /['"]mocha['"]/],
];
/** And by what `package.json` calls or needs, the surest first. */
const SCRIPTS: readonly [RunnerName, RegExp][] = [
  ['vitest', /\bvitest\b/],
  ['jest', /\bjest\b/],
  ['mocha', /\bmocha\b/],
  ['node-test', /\bnode\b[^"]*--test\b/],
];

/**
 * The runner for these files of tests, of which some may be data; null: nothing tells. `settings` are those of `TELLING_FILES` that
 * there are. Where the tests are of several languages, it is the one with the most files.
 */
export function guessRunner(tests: readonly TextFile[], settings: ReadonlyMap<string, Uint8Array>): RunnerName | null {
  const count = (runner: RunnerName) => filesForRunner(runner, tests).length;
  const most = Math.max(...RUNNERS.map(count));
  if (most === 0) return null;
  // One of each language: which it is of that language comes after.
  const language = (['pytest', 'node-test', 'go', 'script'] as const).find((runner) => count(runner) === most);
  const text = tests.map(({ bytes }) => Buffer.from(bytes).toString()).join('\n');
  if (language === 'pytest') return pythonRunner(text, settings);
  if (language === 'node-test') return javascriptRunner(text, settings);
  if (language === 'script') return /^\s*(?:echo|printf)\b.*\b1\.\./m.test(text) ? 'tap' : 'script';
  return language ?? null;
}

function pythonRunner(text: string, settings: ReadonlyMap<string, Uint8Array>): RunnerName {
  const isPytest =
    /^\s*(?:import|from)\s+pytest\b/m.test(text) ||
    /^(?:async\s+)?def test/m.test(text) ||
    settings.has('pytest.ini') ||
    settings.has('.pytest.ini') ||
    /\bpytest\b/.test(['pyproject.toml', 'setup.cfg', 'tox.ini'].map((name) => textOf(settings, name)).join('\n'));
  return isPytest ? 'pytest' : 'unittest';
}

function javascriptRunner(text: string, settings: ReadonlyMap<string, Uint8Array>): RunnerName | null {
  const imported = IMPORTS.find(([, sign]) => sign.test(text));
  if (imported) return imported[0];
  const manifest = textOf(settings, 'package.json');
  const script = /"test"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(manifest)?.[1] ?? '';
  return (
    (SCRIPTS.find(([, sign]) => sign.test(script)) ?? SCRIPTS.find(([, sign]) => sign.test(manifest)))?.[0] ?? null
  );
}

function textOf(settings: ReadonlyMap<string, Uint8Array>, name: string): string {
  const bytes = settings.get(name);
  return bytes === undefined ? '' : Buffer.from(bytes).toString();
}
