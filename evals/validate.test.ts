import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Suite, Task } from './task.ts';
import {
  readValidation,
  type TaskValidation,
  VALIDATION_FILE,
  withoutQuarantined,
  writeValidation,
} from './validate.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'validation-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const task = (id: string) => ({ id, digest: `digest of ${id}`, origin: id }) as Task;
const suite: Suite = { name: 's', root: '', tasks: [task('good'), task('bad'), task('new')], invalid: [] };
const record = (id: string, problems: string[]): [string, TaskValidation] => [
  id,
  { digest: `digest of ${id}`, valid: problems.length === 0, problems, runs: [] },
];

it('a quarantined task is left out with its reason, and one of another state is only unchecked', async () => {
  await writeValidation(root, '1', new Map([record('good', []), record('bad', ['nop (UTC) resolves it'])]));
  const { suite: left, unchecked } = withoutQuarantined(suite, await readValidation(root));
  expect(left.tasks.map(({ id }) => id)).toEqual(['good', 'new']);
  expect(left.invalid).toEqual([{ id: 'bad', origin: 'bad', problem: 'quarantined: nop (UTC) resolves it' }]);
  expect(unchecked).toEqual(['new']);
});

it('a record that is broken is refused, and does not set free what it keeps from being run', async () => {
  expect(await readValidation(root)).toBe(null);
  writeFileSync(join(root, VALIDATION_FILE), '{"version": 1, "tasks"');
  await expect(readValidation(root)).rejects.toThrow(/validation\.json is no record of a validation$/);
});
