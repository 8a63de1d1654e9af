import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createFrameReader,
  encodeFrame,
  FRAME_KINDS,
  type Frame,
  FrameError,
  type FrameKind,
  MAX_PAYLOAD_BYTES,
} from './relay-frames.ts';

const kinds = Object.keys(FRAME_KINDS).filter((name): name is FrameKind => name in FRAME_KINDS);
const frames = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    connection: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  }),
);

/** Cuts bytes into chunks of the given sizes, in turn. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe('frames', () => {
  it('are read as they were written, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, sizes) => {
        const bytes = Buffer.concat(
          sent.map(({ kind, connection, payload }) => encodeFrame(kind, connection, payload)),
        );
        const read: Frame[] = [];
        const push = createFrameReader((frame) => read.push(frame));
        for (const chunk of cut(bytes, sizes)) push(chunk);
        expect(read).toEqual(sent);
      }),
    );
  });

  it('may be as long as the limit, and no longer', () => {
    const read: Frame[] = [];
    const push = createFrameReader((frame) => read.push(frame));
    push(encodeFrame('data', 1, Buffer.alloc(MAX_PAYLOAD_BYTES, 7)));
    expect(read[0]?.payload).toHaveLength(MAX_PAYLOAD_BYTES);
    expect(() => push(Buffer.from([2, 0, 0, 0, 1, 0x40, 1]))).toThrow('too long');
    expect(() => push(encodeFrame('end', 1))).toThrow(FrameError);
  });

  it('that are none end the reading for good, and any bytes are read without another error', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        let failed = false;
        const push = createFrameReader(() => {
          if (failed) throw new Error('read on after a failure');
        });
        for (const chunk of chunks) {
          try {
            push(Buffer.from(chunk));
            expect(failed && chunk.length > 0).toBe(false);
          } catch (error) {
            expect(error).toBeInstanceOf(FrameError);
            failed = true;
          }
        }
      }),
    );
  });
});
