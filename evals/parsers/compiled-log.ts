/** What the test runners of Go and Rust print. */
import type { TestStatus } from '../grading/runner.ts';
import { type LogParser, lineParser } from './log-text.ts';

const GO_WORDS: Readonly<Record<string, TestStatus>> = { PASS: 'passed', FAIL: 'failed', SKIP: 'skipped' };

/** `go test -v`: the test's name without its package. A test that prints no line end has its result on the same line. */
export const parseGoLog: LogParser = lineParser((line) => {
  const [, word = '', name = ''] = /--- (PASS|FAIL|SKIP): (\S+) \(\d+(?:\.\d+)?s\)$/.exec(line) ?? [];
  const status = GO_WORDS[word];
  return status === undefined ? null : { names: [name], status };
});

/** `cargo test`: `test path::name ... ok`, without what stands behind the name of a test that should panic. */
export const parseCargoLog: LogParser = lineParser((line) => {
  const [, name = '', word = ''] =
    /^\s*test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:,.*)?$/.exec(line) ?? [];
  if (name === '') return null;
  return { names: [name], status: word === 'ok' ? 'passed' : word === 'FAILED' ? 'failed' : 'skipped' };
});
