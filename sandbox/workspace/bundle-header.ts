/**
 * The header of a git bundle (gitformat-bundle(5)): which commits it needs, and which refs it has. Read by hand, so that a bundle
 * that another process wrote is understood before git sees a byte of it.
 */
import { open } from 'node:fs/promises';
import { isRefName } from './ref-name.ts';
import { RepositoryError } from './repository.ts';

/** Ours hold a handful of refs; a header that is larger is not read on. */
const MAX_HEADER_BYTES = 64 * 1024;

/** `packOffset`: where the pack starts in the file. */
export type BundleHeader = {
  objectFormat: 'sha1' | 'sha256';
  /** Commits that whoever takes the pack must have. */
  prerequisites: string[];
  refs: { name: string; commit: string }[];
  packOffset: number;
};

/** Reads the header of a bundle. Throws `RepositoryError` (`bundle`). */
export async function readBundle(path: string): Promise<BundleHeader> {
  const file = await open(path).catch((cause: unknown) => {
    const why =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'it does not exist' : 'it cannot be read';
    throw notABundle(path, why, cause);
  });
  try {
    // Four bytes more: the pack's own first word shows that the header ends where it seems to.
    const buffer = Buffer.alloc(MAX_HEADER_BYTES + 4);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    const parsed = parseBundleHeader(buffer.subarray(0, length));
    if (typeof parsed === 'string') throw notABundle(path, parsed);
    return parsed;
  } finally {
    await file.close();
  }
}

function notABundle(path: string, why: string, cause?: unknown): RepositoryError {
  return new RepositoryError('bundle', `the bundle ${path} cannot be used: ${why}`, 'have it made anew', { cause });
}

/** Parses the start of a bundle; gives what is wrong where it is none. */
export function parseBundleHeader(start: Buffer): BundleHeader | string {
  const end = start.indexOf('\n\n');
  if (end < 0 || end + 2 > MAX_HEADER_BYTES) {
    return start.length > MAX_HEADER_BYTES
      ? `its header is longer than ${MAX_HEADER_BYTES} bytes`
      : 'its header does not end';
  }
  if (start.toString('latin1', end + 2, end + 6) !== 'PACK') return 'no pack follows its header';
  // Latin-1 loses no byte; whatever is not ASCII in a name is refused below.
  const [signature, ...lines] = start.toString('latin1', 0, end).split('\n');
  if (signature !== '# v2 git bundle' && signature !== '# v3 git bundle') return 'it does not begin as one';
  const header: BundleHeader = { objectFormat: 'sha1', prerequisites: [], refs: [], packOffset: end + 2 };
  for (const line of signature === '# v3 git bundle' ? takeFormat(header, lines) : lines) {
    const problem = takeLine(header, line);
    if (problem !== null) return problem;
  }
  return header.refs.length === 0 ? 'it has no ref' : header;
}

/** Version 3 may name the object format first. Any other capability stays, and is refused as a line. */
function takeFormat(header: BundleHeader, lines: string[]): string[] {
  const [, format] = /^@object-format=(sha1|sha256)$/.exec(lines[0] ?? '') ?? [];
  if (format === undefined) return lines;
  header.objectFormat = format === 'sha256' ? 'sha256' : 'sha1';
  return lines.slice(1);
}

/** One line: `-ID`, with a comment or without, or `ID REF`. Gives what is wrong with it. */
function takeLine(header: BundleHeader, line: string): string | null {
  const digits = header.objectFormat === 'sha1' ? 40 : 64;
  const [, minus = '', id = '', rest = ''] = /^(-?)([0-9a-f]+)( .*)?$/s.exec(line) ?? [];
  if (id.length !== digits) return `its header has a line of no known kind: ${JSON.stringify(line.slice(0, 80))}`;
  if (minus === '-') {
    // git writes prerequisites first.
    if (header.refs.length > 0) return 'it names a prerequisite after a ref';
    header.prerequisites.push(id);
    return null;
  }
  const name = rest.slice(1);
  if (!isRefName(name) || !/^[\x21-\x7e]+$/.test(name))
    return `it has a ref with the name ${JSON.stringify(name.slice(0, 80))}`;
  if (header.refs.some((ref) => ref.name === name)) return `it has the ref ${name} twice`;
  header.refs.push({ name, commit: id });
  return null;
}
