import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import type { Processes } from './processes.ts';
import { exportFrom } from './transfer.ts';

const ID = 'a'.repeat(40);

/** A sandbox whose changes are `bytes` long and come in pieces of `piece`, with a pause after the first. */
function sandboxWith(bytes: number, piece: number): Pick<Processes, 'internal'> {
  let calls = 0;
  return {
    async internal({ onOutput = () => undefined }) {
      calls += 1;
      if (calls === 1) {
        await onOutput(Buffer.from(`tree ${ID}\ncommit ${ID}\nbundle ${bytes}\nexported\n`));
        return 0;
      }
      for (let sent = 0; sent < bytes; sent += piece) {
        await onOutput(Buffer.alloc(Math.min(piece, bytes - sent), 7));
        if (sent === 0) await delay(50);
      }
      return 0;
    },
  };
}

it('the changes arrive whole, also when the disk is slower than the sandbox', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-transfer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'out.bundle');
  await exportFrom(sandboxWith(3_000_000, 100_000), { base: ID, bundlePath: file, known: null });
  expect(readFileSync(file).equals(Buffer.alloc(3_000_000, 7))).toBe(true);
});

// Small pieces are written at once; of large ones the first waits for the disk.
for (const [bytes, piece] of [
  [200, 100],
  [3_000_000, 1_000_000],
] as const) {
  it(`a full disk on the host fails the export of ${bytes} bytes, and not the process`, async () => {
    await expect(
      exportFrom(sandboxWith(bytes, piece), { base: ID, bundlePath: '/dev/full', known: null }),
    ).rejects.toMatchObject({
      kind: 'export_failed',
      message: expect.stringMatching(/could not be written to \/dev\/full: ENOSPC/),
      hint: expect.stringMatching(/free space.*drydock resume/),
    });
  });
}

it('what cannot be opened on the host fails the export too', async () => {
  await expect(
    exportFrom(sandboxWith(200, 100), { base: ID, bundlePath: '/nonexistent/out.bundle', known: null }),
  ).rejects.toThrow(/ENOENT/);
});
