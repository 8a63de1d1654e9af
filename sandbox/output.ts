/** Bounded memory for the output of a command: the head and the tail are kept, the middle is counted and dropped. */
import type { Output } from './sandbox.ts';

/** What a process keeps of its output when the caller names no cap, in bytes. */
export const DEFAULT_OUTPUT_BYTES = 1024 * 1024;

/** The smallest allocation, in bytes; buffers double from here so that a quiet command stays cheap. */
const FIRST_ALLOCATION_BYTES = 4096;

type HeadTail = { push(chunk: Uint8Array): void; output(): Output };

/** A copy of `buffer` with room for `needed` bytes, doubled but never above `max`. */
function grown(buffer: Buffer, used: number, needed: number, max: number): Buffer<ArrayBuffer> {
  let size = Math.max(buffer.length, FIRST_ALLOCATION_BYTES);
  while (size < needed) size *= 2;
  const next = Buffer.allocUnsafe(Math.min(size, max));
  buffer.copy(next, 0, 0, used);
  return next;
}

function createHeadTail(maxBytes: number): HeadTail {
  const headMax = Math.ceil(maxBytes / 2);
  const tailMax = maxBytes - headMax;
  let head = Buffer.alloc(0);
  let headUsed = 0;
  // A ring: it only wraps once it has grown to `tailMax`, so growing it is a plain copy.
  let ring = Buffer.alloc(0);
  let start = 0;
  let ringUsed = 0;
  let totalBytes = 0;

  function pushTail(chunk: Uint8Array): void {
    const kept = chunk.length > tailMax ? chunk.subarray(chunk.length - tailMax) : chunk;
    if (kept.length === 0) return;
    const needed = Math.min(ringUsed + kept.length, tailMax);
    if (needed > ring.length) ring = grown(ring, ringUsed, needed, tailMax);
    const at = (start + ringUsed) % ring.length;
    const first = Math.min(kept.length, ring.length - at);
    ring.set(kept.subarray(0, first), at);
    ring.set(kept.subarray(first), 0);
    const overwritten = Math.max(0, ringUsed + kept.length - ring.length);
    start = (start + overwritten) % ring.length;
    ringUsed += kept.length - overwritten;
  }

  return {
    push(chunk) {
      totalBytes += chunk.length;
      const taken = Math.min(headMax - headUsed, chunk.length);
      if (taken > 0) {
        if (headUsed + taken > head.length) head = grown(head, headUsed, headUsed + taken, headMax);
        head.set(chunk.subarray(0, taken), headUsed);
        headUsed += taken;
      }
      if (taken < chunk.length && tailMax > 0) pushTail(chunk.subarray(taken));
    },
    output() {
      const first = Math.min(ringUsed, ring.length - start);
      return {
        head: Buffer.from(head.subarray(0, headUsed)),
        tail: Buffer.concat([ring.subarray(start, start + first), ring.subarray(0, ringUsed - first)]),
        totalBytes,
      };
    },
  };
}

/** The bytes at the end that begin a character of UTF-8 and lack its rest; none where it ends with a whole one. */
function begunCharacter(bytes: Buffer): Buffer {
  for (let length = 1; length <= Math.min(3, bytes.length); length += 1) {
    const byte = bytes[bytes.length - length] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const whole = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return bytes.subarray(bytes.length - (whole > length ? length : 0));
  }
  return bytes.subarray(bytes.length);
}

/** The output of one process. Holds at most twice `maxBytes`, however much is pushed. */
export type OutputBuffer = {
  push(chunk: Uint8Array): void;
  /**
   * What was pushed since the last call of `take`, or since the start. Until all has been pushed (`complete`) a character
   * of UTF-8 that has not come whole is left for the next call.
   */
  take(complete: boolean): Output;
  /** What was pushed since the start. */
  whole(): Output;
};

/**
 * A buffer that keeps `maxBytes` of what is pushed: the first half (rounded up) and the last half. While nothing has
 * been dropped, `head` followed by `tail` is the whole.
 */
export function createOutputBuffer(maxBytes: number = DEFAULT_OUTPUT_BYTES): OutputBuffer {
  const whole = createHeadTail(maxBytes);
  // Until the first `take`, "since the last take" is the whole, and a process that is never polled pays for one buffer.
  let recent: HeadTail | null = null;
  return {
    push(chunk) {
      whole.push(chunk);
      recent?.push(chunk);
    },
    take(complete) {
      const { head, tail, totalBytes } = (recent ?? whole).output();
      const last = tail.length > 0 ? tail : head;
      const half = complete ? last.subarray(last.length) : begunCharacter(last);
      recent = createHeadTail(maxBytes);
      recent.push(half);
      const [keptHead, keptTail] = [head, tail].map((part) =>
        part === last ? part.subarray(0, part.length - half.length) : part,
      );
      return { head: keptHead ?? head, tail: keptTail ?? tail, totalBytes: totalBytes - half.length };
    },
    whole: () => whole.output(),
  };
}
