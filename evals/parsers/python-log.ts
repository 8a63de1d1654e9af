/** What Python's own unittest, as Django runs it, and sympy's runner print. */
import type { TestStatus } from '../grading/runner.ts';
import { type LogParser, type LogResults, lineParser, linesOf } from './log-text.ts';

const ENDINGS: readonly (readonly [RegExp, TestStatus])[] = [
  [/ \.\.\. +(?:ok|OK)$/, 'passed'],
  [/ \.\.\. expected failure$/, 'passed'],
  [/ \.\.\. (?:FAIL|ERROR|unexpected success)$/, 'failed'],
  [/ \.\.\. skipped\b.*$/, 'skipped'],
];

/**
 * `Django's runtests.py --verbosity 2`: `NAME ... ok`, where NAME is `test_x (path.Class)` or, of a test with a doc string, its
 * first line. Where a test prints, `ok` comes on a line of its own after what it printed. The list of failures at the
 * end has the last word, so a test whose part (`subTest`) failed has failed.
 */
export const parseDjangoLog: LogParser = (log) => {
  const results: LogResults = new Map();
  let running: string | null = null;
  for (const line of linesOf(log).map((text) => text.trim())) {
    const failure = /^(?:FAIL|ERROR): (\S+ \([^)]*\))/.exec(line);
    if (failure?.[1] !== undefined) {
      results.set(failure[1], 'failed');
      running = null;
      continue;
    }
    const ending = ENDINGS.find(([pattern]) => pattern.test(line));
    if (ending !== undefined) {
      results.set(line.replace(ending[0], ''), ending[1]);
      running = null;
    } else if (/ \.\.\.(?: |$)/.test(line)) {
      running = line.split(' ...')[0] ?? null;
    } else if (running !== null && /^ok\b/.test(line)) {
      results.set(running, 'passed');
      running = null;
    }
  }
  return results;
};

const SYMPY_STATUSES: Readonly<Record<string, TestStatus>> = { ok: 'passed', F: 'failed', E: 'failed', s: 'skipped' };

/** `bin/test -C --verbose` of sympy: `test_x ok`, and `[OK]` or `[FAIL]` behind the last test of a file. */
export const parseSympyLog: LogParser = lineParser((line) => {
  const [name = '', ...rest] = line.trim().split(/\s+/);
  const last = /^\[\w+\]$/.test(rest.at(-1) ?? '') ? rest.at(-2) : rest.at(-1);
  const status = name.startsWith('test_') ? SYMPY_STATUSES[last ?? ''] : undefined;
  return status === undefined ? null : { names: [name], status };
});
