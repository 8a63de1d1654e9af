import { describe, expect, it } from 'vitest';
import { readImage } from './image.ts';

const base64 = (text: string) => Buffer.from(text, 'base64');

/** One pixel each, but for the JPEG: its headers and end, which is all that is read of it. */
const SAMPLES: [string, string, Buffer][] = [
  [
    'PNG',
    'image/png',
    base64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC'),
  ],
  [
    'JPEG',
    'image/jpeg',
    Buffer.from(
      'ffd8ffe000104a46494600010101004800480000ffffc0000b080002000301011100ffda0008010100003f0010ffd9',
      'hex',
    ),
  ],
  ['GIF', 'image/gif', base64('R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==')],
  ['lossy WebP', 'image/webp', base64('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA')],
  ['lossless WebP', 'image/webp', base64('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==')],
  [
    'transparent WebP',
    'image/webp',
    base64(
      'UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==',
    ),
  ],
];

function problem(bytes: Buffer, type: string, size = bytes.length): string | null {
  const read = readImage(bytes, size, type);
  return 'problem' in read ? read.problem : null;
}

/** A copy with `data` written at `at`. */
function patched(bytes: Buffer, at: number, data: number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(data, at);
  return copy;
}

describe('an image', () => {
  it.each(SAMPLES)('that is whole is fit to be sent: %s', (_, type, bytes) => {
    expect(problem(bytes, type)).toBeNull();
  });

  it.each(SAMPLES)('that is cut off is not: %s', (_, type, bytes) => {
    for (let length = 12; length < bytes.length; length++) {
      expect(problem(bytes.subarray(0, length), type), `${length} bytes`).not.toBeNull();
    }
  });

  it.each(SAMPLES)('that is garbage behind its magic is not, however short: %s', (_, type, bytes) => {
    for (let length = 12; length < 60; length++) {
      const garbage = Buffer.alloc(length, 0);
      bytes.copy(garbage, 0, 0, 12);
      expect(problem(garbage, type), `${length} bytes`).not.toBeNull();
    }
  });

  const png = SAMPLES[0]?.[2] ?? Buffer.alloc(0);
  it.each([
    ['PNG', 'image/png', png, 16, [0, 0, 0, 0], /damaged/],
    ['PNG', 'image/png', png, 16, [0, 0, 0x1f, 0x41], /8001x1 pixels, at most 8000/],
    ['JPEG', 'image/jpeg', SAMPLES[1]?.[2] ?? png, 26, [0xff, 0xff], /3x65535 pixels/],
    ['GIF', 'image/gif', SAMPLES[2]?.[2] ?? png, 6, [0, 0], /damaged/],
    ['lossy WebP', 'image/webp', SAMPLES[3]?.[2] ?? png, 26, [0xff, 0x3f], /16383x1 pixels/],
    ['lossless WebP', 'image/webp', SAMPLES[4]?.[2] ?? png, 21, [0xff, 0x3f], /16384x1 pixels/],
    ['transparent WebP', 'image/webp', SAMPLES[5]?.[2] ?? png, 24, [0xff, 0xff], /65536x1 pixels/],
  ])('of an impossible size is not: %s', (_, type, bytes, at, data, words) => {
    expect(problem(patched(bytes, at, data), type)).toMatch(words);
  });

  it('of more bytes than a request may hold is not', () => {
    expect(problem(png, 'image/png', 3_750_001)).toMatch(/at most 3750000 bytes/);
  });
});
