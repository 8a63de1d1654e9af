/** The bundled suite `smoke`, by its whole matrix: the solution resolves each task, nothing and no cheat resolves any. */
import { expect, it } from 'vitest';
import { runDrydock } from './harness.ts';

it('holds what a suite must: npm run validate:suites does the same for all of them, three times', {
  timeout: 300_000,
}, async () => {
  const { code, stdout, stderr } = await runDrydock(['eval', 'validate', 'smoke', '--no-record', '--jobs', '2']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.trim().split('\n').sort()).toEqual([
    expect.stringMatching(/^✓ js-slug: 1\d runs/),
    expect.stringMatching(/^✓ py-duration: 1\d runs/),
    expect.stringMatching(/^✓ sh-todo: 1\d runs/),
  ]);
});
