/**
 * Whether a provider will take an image file. One that it refuses would be in the history of every later request, so what
 * is cut off, empty or too large is told as text instead. Only headers and ends are read: pixels are not decoded.
 */

import type { ImagePart } from '../models/index.ts';

/**
 * Anthropic's limits, the narrowest of the providers: 5 MB of base64, which is 3.75 MB of bytes, and 8,000 pixels a side
 * (https://platform.claude.com/docs/en/build-with-claude/vision, "General limits").
 */
const MAX_IMAGE_BYTES = 3_750_000;
const MAX_SIDE_PIXELS = 8000;

type Size = { width: number; height: number };

const PNG_END = Buffer.from('0000000049454e44ae426082', 'hex');

/** IHDR comes first, IEND last. */
function pngSize(bytes: Buffer): Size | null {
  const whole = bytes.toString('latin1', 12, 16) === 'IHDR' && bytes.subarray(-PNG_END.length).equals(PNG_END);
  return whole && bytes.length >= 45 ? { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) } : null;
}

/** The size is in the frame header, behind segments that say how long they are; an end marker closes the file. */
function jpegSize(bytes: Buffer): Size | null {
  if (bytes.readUInt16BE(bytes.length - 2) !== 0xffd9) return null;
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1] ?? 0;
    // Frame headers are C0 to CF but for three that are tables.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    }
    // Any number of FF may stand before a marker.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return null;
}

/** The size follows the magic; a semicolon closes the file. */
function gifSize(bytes: Buffer): Size | null {
  return bytes.length > 13 && bytes.at(-1) === 0x3b
    ? { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) }
    : null;
}

/** RIFF says how long the file is; the first chunk is one of three, each with its own way to write the size. */
function webpSize(bytes: Buffer): Size | null {
  if (bytes.length < 30 || bytes.readUInt32LE(4) + 8 > bytes.length) return null;
  const chunk = bytes.toString('latin1', 12, 16);
  if (chunk === 'VP8X') return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
  if (chunk === 'VP8 ') return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  if (chunk !== 'VP8L' || bytes[20] !== 0x2f) return null;
  const bits = bytes.readUInt32LE(21);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

const SIZES: Record<string, (bytes: Buffer) => Size | null> = {
  'image/png': pngSize,
  'image/jpeg': jpegSize,
  'image/gif': gifSize,
  'image/webp': webpSize,
};

/**
 * An image of `mediaType`, whose magic is there, as it is sent, or why it cannot be. `bytes` is the file, or its beginning
 * where it is longer; `size` is the file's length.
 */
export function readImage(bytes: Buffer, size: number, mediaType: string): { image: ImagePart } | { problem: string } {
  if (size > MAX_IMAGE_BYTES) return { problem: `too large to be shown, at most ${MAX_IMAGE_BYTES} bytes` };
  const pixels = SIZES[mediaType]?.(bytes) ?? null;
  if (pixels === null || pixels.width === 0 || pixels.height === 0) {
    return { problem: 'damaged or cut off, so it is not shown' };
  }
  const { width, height } = pixels;
  const longestSide = Math.max(width, height);
  if (longestSide > MAX_SIDE_PIXELS) {
    return { problem: `too large to be shown: ${width}x${height} pixels, at most ${MAX_SIDE_PIXELS} a side` };
  }
  return { image: { type: 'image', mediaType, data: bytes.toString('base64'), longestSide } };
}
