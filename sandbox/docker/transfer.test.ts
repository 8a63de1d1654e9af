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
  return {
    async internal({ onOutput = () => undefined }) {
      // The end of the report is cut in two, and the pack begins beside it.
      await onOutput(Buffer.from(`tree ${ID}\nas new\nexpo`));
      await onOutput(Buffer.concat([Buffer.from('rted\n'), Buffer.alloc(3, 7)]));
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
  const file = join(folder, 'out.pack');
  await exportFrom(sandboxWith(3_000_000, 100_000), { base: ID, packPath: file, known: null });
  expect(readFileSync(file).equals(Buffer.alloc(3_000_003, 7))).toBe(true);
});

it('many pieces that come at once wait for the disk together', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-transfer-'));
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => void warnings.push(warning);
  process.on('warning', onWarning);
  onTestFinished(() => {
    process.off('warning', onWarning);
    rmSync(folder, { recursive: true, force: true });
  });
  const whole = sandboxWith(0, 1);
  const atOnce: typeof whole = {
    async internal(run) {
      const code = await whole.internal(run);
      await Promise.all(Array.from({ length: 100 }, () => run.onOutput?.(Buffer.alloc(100_000, 7))));
      return code;
    },
  };
  const file = join(folder, 'out.pack');
  await exportFrom(atOnce, { base: ID, packPath: file, known: null });
  expect(readFileSync(file).equals(Buffer.alloc(10_000_003, 7))).toBe(true);
  expect(warnings).toEqual([]);
});

// Small pieces are written at once; of large ones the first waits for the disk.
for (const [bytes, piece] of [
  [200, 100],
  [3_000_000, 1_000_000],
] as const) {
  it(`a full disk on the host fails the export of ${bytes} bytes, and not the process`, async () => {
    await expect(
      exportFrom(sandboxWith(bytes, piece), { base: ID, packPath: '/dev/full', known: null }),
    ).rejects.toMatchObject({
      kind: 'export_failed',
      message: expect.stringMatching(/could not be written to \/dev\/full: ENOSPC/),
      hint: expect.stringMatching(/free space.*drydock resume/),
    });
  });
}

it('a pack that breaks off fails the export', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-transfer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const whole = sandboxWith(200, 100);
  const cut: typeof whole = { internal: async (run) => (await whole.internal(run)) + 1 };
  await expect(exportFrom(cut, { base: ID, packPath: join(folder, 'out.pack'), known: null })).rejects.toThrow(
    'the pack of the changes broke off after 203 bytes',
  );
});

it('what cannot be opened on the host fails the export too', async () => {
  await expect(
    exportFrom(sandboxWith(200, 100), { base: ID, packPath: '/nonexistent/out.pack', known: null }),
  ).rejects.toThrow(/ENOENT/);
});
