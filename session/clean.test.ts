import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { leftoversIn } from './clean.ts';

it('what a git that was killed had begun to write is left over, and whole packs are not', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-clean-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  expect(await leftoversIn(dir)).toEqual([]);
  const packs = join(dir, 'workspace.git', 'objects', 'pack');
  mkdirSync(packs, { recursive: true });
  for (const name of ['tmp_pack_a1B2c3', 'tmp_idx_a1B2c3', 'pack-0f.pack', 'pack-0f.idx']) {
    writeFileSync(join(packs, name), '');
  }
  expect((await leftoversIn(dir)).sort()).toEqual([join(packs, 'tmp_idx_a1B2c3'), join(packs, 'tmp_pack_a1B2c3')]);
});
