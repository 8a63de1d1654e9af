/** A task of the bundled suite `smoke`, by its whole matrix: the solution resolves it, nothing and no cheat does. */
import { expect, it } from 'vitest';
import { runDrydock } from './harness.ts';

it('holds what a suite must: npm run validate:suites does the same for all tasks of all suites, three times', {
  timeout: 300_000,
}, async () => {
  const { code, stdout, stderr } = await runDrydock([
    'eval',
    'validate',
    'smoke',
    '--task',
    'sh-todo',
    '--no-record',
    '--jobs',
    '2',
  ]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^✓ sh-todo: 1\d runs.*\n$/);
});
