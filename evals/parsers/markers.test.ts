import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { exitCodeOf, testOutput, withExitCode } from './markers.ts';

const SCRIPT = `#!/bin/bash
set -uxo pipefail
: '>>>>> Start Test Output'
echo 'PASSED a'; (exit 3)
: '>>>>> End Test Output'
true
`;

function run(script: string): string {
  const { output } = spawnSync('bash', ['-c', `exec 2>&1\n${script}`], { encoding: 'utf8' });
  return output.join('');
}

test('a script tells the exit code of its tests, not that of what it does after them', () => {
  const log = run(withExitCode(SCRIPT));
  expect(exitCodeOf(log)).toBe(3);
  expect(testOutput(log)).toContain('PASSED a');
});

test('an exit code that a test prints does not count', () => {
  const log = run(withExitCode(SCRIPT.replace('PASSED a', '>>>>> Exit Code Of The Tests: 0')));
  expect(exitCodeOf(log)).toBe(3);
});

test('a script without an end marker stays as it is, and its log has no exit code', () => {
  expect(withExitCode('pytest\n')).toBe('pytest\n');
  expect(exitCodeOf(run('true'))).toBeNull();
});
