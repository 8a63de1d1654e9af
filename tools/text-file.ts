/** Text in files of any encoding: editing must keep bytes that are not UTF-8 as they are. */
import { isUtf8 } from 'node:buffer';

/** With `latin1` every character of the text stands for one byte. */
export type TextEncoding = 'utf8' | 'latin1';

/** UTF-8 where the bytes are valid UTF-8, else one character per byte, so that nothing is lost on the way back. */
function encodingOf(bytes: Buffer): TextEncoding {
  return isUtf8(bytes) ? 'utf8' : 'latin1';
}

/** A string of the model as it looks among the characters of a file with `encoding`. */
export function asFileText(text: string, encoding: TextEncoding): string {
  return encoding === 'utf8' ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** What a file is when it is not text, by its first bytes; null for text. Only images that models take have `image`. */
export type BinaryKind = { name: string; image: string | null };

const MAGIC: readonly { name: string; image?: string; at?: number; bytes: string }[] = [
  { name: 'PNG image', image: 'image/png', bytes: '\x89PNG\r\n\x1a\n' },
  { name: 'JPEG image', image: 'image/jpeg', bytes: '\xff\xd8\xff' },
  { name: 'GIF image', image: 'image/gif', bytes: 'GIF8' },
  { name: 'WebP image', image: 'image/webp', at: 8, bytes: 'WEBP' },
  { name: 'PDF document', bytes: '%PDF-' },
  { name: 'ZIP archive (or a format built on it)', bytes: 'PK\x03\x04' },
  { name: 'gzip data', bytes: '\x1f\x8b' },
  { name: 'ELF program or library', bytes: '\x7fELF' },
  { name: 'SQLite database', bytes: 'SQLite format 3\0' },
  { name: 'WebAssembly module', bytes: '\0asm' },
  { name: 'UTF-16 text', bytes: '\xff\xfe' },
  { name: 'UTF-16 text', bytes: '\xfe\xff' },
];

/** As far as git looks for a NUL to tell binary from text, in bytes. */
const SNIFFED_BYTES = 8000;

/** What kind of binary file begins with `bytes`, or null when it is text. */
export function binaryKind(bytes: Buffer): BinaryKind | null {
  const start = bytes.subarray(0, SNIFFED_BYTES);
  const known = MAGIC.find(({ at = 0, bytes: magic }) => start.toString('latin1', at, at + magic.length) === magic);
  if (known) return { name: known.name, image: known.image ?? null };
  return start.includes(0) ? { name: 'unknown type', image: null } : null;
}

/** A file's bytes as text that can be edited. `binary` says what it is where that is no text. */
export type FileText = { text: string; encoding: TextEncoding; binary: string | null };

/** The inverse of `encodeFile`. */
export function decodeFile(bytes: Buffer): FileText {
  const encoding = encodingOf(bytes);
  return { text: bytes.toString(encoding), encoding, binary: binaryKind(bytes)?.name ?? null };
}

/** The bytes of a file; those that an edit did not touch are the ones that were read. */
export function encodeFile({ text, encoding }: FileText): Buffer {
  return Buffer.from(text, encoding);
}

/** Why a binary file is not edited. */
export function binaryRefusal(kind: string): string {
  return `is a binary file (${kind}): change it with the shell.`;
}
