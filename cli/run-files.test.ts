import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openRunFiles } from './run-files.ts';

it('a trajectory that is discarded does not come back with the write that is under way', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const trajectory = join(folder, 'trajectory.json');
  const files = await openRunFiles({ trajectory, patchOut: undefined, earlier: [], inPlace: null });
  await files.finish(null);
  expect(existsSync(trajectory)).toBe(true);
  files.event({ type: 'prompt', content: [], seq: 1, v: 1, at: '2026-01-31T12:00:00.000Z' });
  await files.discard();
  expect(readdirSync(folder)).toEqual([]);
});
