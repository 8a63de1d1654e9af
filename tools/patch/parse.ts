/**
 * Parses the `apply_patch` format that OpenAI's models are trained on. Lenient where models slip (padded markers, a
 * here-document or a Markdown fence around the patch, a first chunk without `@@`, an empty line for an empty context
 * line), strict where leniency would guess: a patch without its end marker may have been cut off. Linear in the text.
 */

import { argument } from '../schema.ts';

export type ChunkLine = { kind: 'context' | 'remove' | 'add'; text: string };

/**
 * One place of an update. `headers` are the lines named after `@@`, outermost first; the chunk lies after the last of
 * them. `endOfFile`: the chunk was closed by `*** End of File`. `line` is where it begins in the patch, from 1.
 */
export type Chunk = { headers: string[]; lines: ChunkLine[]; endOfFile: boolean; line: number };

export type FileChange =
  | { kind: 'add'; path: string; lines: string[] }
  | { kind: 'delete'; path: string }
  | { kind: 'update'; path: string; moveTo: string | null; chunks: Chunk[] };

export type ParsedPatch = { ok: true; changes: FileChange[] } | { ok: false; error: string };

const BEGIN = '*** Begin Patch';
const END = '*** End Patch';
const END_OF_FILE = '*** End of File';
const FILE_MARKER = /^\*\*\* (Add|Delete|Update) File:\s*(\S.*)$/;
const MOVE_MARKER = /^\*\*\* Move to:\s*(\S.*)$/;
const HEREDOC = /^(?:apply_patch\s+)?<<-?\s*(['"]?)(\w+)\1$/;
const FENCE = /^(`{3,}|~{3,})\w*$/;
/** The ranges of a unified diff after `@@`: they count lines, which models get wrong, so they are not used. */
const DIFF_RANGES = /^\s*-\d+(?:,\d+)? \+\d+(?:,\d+)?(?: @@|$)/;

class PatchSyntaxError extends Error {}

type Source = { lines: string[]; at: number };

/** `line` counts from 1 in the text that the model sent. */
function fail(line: number, message: string): never {
  throw new PatchSyntaxError(`Line ${line} of the patch: ${message}`);
}

/** What closes a wrapper that opens with `line`; null when it opens none. */
function closingOf(line: string): string | null {
  return HEREDOC.exec(line)?.[2] ?? FENCE.exec(line)?.[1] ?? null;
}

/** The range of the patch's body in `lines`, without blank lines, wrappers and the begin and end markers around it. */
function bodyRange(lines: readonly string[]): { first: number; end: number } {
  let first = 0;
  let last = lines.length - 1;
  const at = (index: number): string => lines[index]?.trim() ?? '';
  for (;;) {
    while (first <= last && at(first) === '') first++;
    while (last >= first && at(last) === '') last--;
    const closing = closingOf(at(first));
    if (closing === null || last === first || at(last) !== closing) break;
    first++;
    last--;
  }
  if (at(first) !== BEGIN) fail(first + 1, `the first line must be '${BEGIN}', and is: ${at(first).slice(0, 80)}`);
  if (last === first || at(last) !== END) {
    fail(last + 1, `the last line must be '${END}'; the patch may have been cut off. Nothing was changed.`);
  }
  return { first: first + 1, end: last };
}

function parseAdd(source: Source): string[] {
  const added: string[] = [];
  let blank = 0;
  for (; source.at < source.lines.length; source.at++) {
    const line = source.lines[source.at] ?? '';
    if (line.trim() === '') blank++;
    else if (line.startsWith('+')) {
      // Blank lines between lines that begin with + lack theirs; those at the end only separate sections.
      for (; blank > 0; blank--) added.push('');
      added.push(line.slice(1));
    } else if (line.trimStart().startsWith('*** ')) break;
    else fail(source.at + 1, `every line of an added file starts with '+'.`);
  }
  return added;
}

function headerOf(line: string): string {
  const header = line.slice(2).replace(DIFF_RANGES, '').replace(/^ /, '').trimEnd();
  return header.endsWith(' @@') ? header.slice(0, -3).trimEnd() : header;
}

const KINDS: Record<string, ChunkLine['kind']> = { ' ': 'context', '-': 'remove', '+': 'add' };

const isBlankContext = (line: ChunkLine | undefined): boolean => line?.kind === 'context' && line.text === '';

function parseChunk(source: Source): Chunk {
  const chunk: Chunk = { headers: [], lines: [], endOfFile: false, line: source.at + 1 };
  let trailingBlank = 0;
  for (; source.at < source.lines.length; source.at++) {
    const line = source.lines[source.at]?.replace(/\r$/, '') ?? '';
    if (line.startsWith('@@')) {
      if (chunk.lines.length > 0) break;
      const header = headerOf(line);
      if (header !== '') chunk.headers.push(header);
    } else if (line.trimEnd() === END_OF_FILE) {
      chunk.endOfFile = true;
      source.at++;
      // The text behind the last newline is no line of the file.
      while (isBlankContext(chunk.lines.at(-1))) chunk.lines.pop();
      trailingBlank = 0;
      break;
    } else if (line.startsWith('*** ')) break;
    else {
      const kind = line === '' ? 'context' : KINDS[line[0] ?? ''];
      if (kind === undefined)
        fail(source.at + 1, `it must start with ' ', '+', '-' or '@@', and is: ${line.slice(0, 80)}`);
      trailingBlank = line === '' ? trailingBlank + 1 : 0;
      chunk.lines.push({ kind, text: line.slice(1) });
    }
  }
  // Empty lines before the next marker separate sections; they are not context.
  chunk.lines.length -= trailingBlank;
  if (chunk.lines.length === 0) fail(chunk.line, 'the chunk has no lines.');
  return chunk;
}

/** A path behind a marker, in the line before the current one. */
function pathIn(source: Source, text: string): string {
  const path = argument.safeParse(text.trim());
  return path.success ? path.data : fail(source.at, `its path is not valid: ${path.error.issues[0]?.message}.`);
}

function parseUpdate(source: Source, path: string): FileChange {
  const markerLine = source.at;
  const move = MOVE_MARKER.exec(source.lines[source.at]?.trim() ?? '');
  if (move) source.at++;
  const moveTo = move?.[1] === undefined ? null : pathIn(source, move[1]);
  const chunks: Chunk[] = [];
  while (source.at < source.lines.length) {
    const line = source.lines[source.at] ?? '';
    if (line.startsWith('*** ')) break;
    // A blank line after a closed chunk, or before the first, says nothing.
    if (line.trim() === '') source.at++;
    else chunks.push(parseChunk(source));
  }
  if (chunks.length === 0 && moveTo === null) fail(markerLine, `the update of ${path} has no chunks.`);
  return { kind: 'update', path, moveTo, chunks };
}

/** Parses a whole patch. The error is one line that names the place. */
export function parsePatch(text: string): ParsedPatch {
  if (!text.isWellFormed()) return { ok: false, error: 'The patch holds half a character (a lone surrogate).' };
  try {
    let lines = text.split('\n');
    // Carriage returns on the markers come from transport; else those in added files are content.
    if (lines.find((line) => line.trim() === BEGIN)?.endsWith('\r'))
      lines = lines.map((line) => line.replace(/\r$/, ''));
    const { first, end } = bodyRange(lines);
    const source: Source = { lines: lines.slice(0, end), at: first };
    const changes: FileChange[] = [];
    while (source.at < source.lines.length) {
      const line = source.lines[source.at]?.trim() ?? '';
      source.at++;
      if (line === '') continue;
      const [, kind, name = ''] = FILE_MARKER.exec(line) ?? [];
      const path = pathIn(source, name);
      if (kind === 'Add') changes.push({ kind: 'add', path, lines: parseAdd(source) });
      else if (kind === 'Delete') changes.push({ kind: 'delete', path });
      else if (kind === 'Update') changes.push(parseUpdate(source, path));
      else if (line === END || line === BEGIN)
        fail(source.at, `one patch in one call: put all files between one '${BEGIN}' and its '${END}'.`);
      else
        fail(
          source.at,
          `expected '*** Add File: ', '*** Update File: ' or '*** Delete File: ', found: ${line.slice(0, 80)}`,
        );
    }
    return changes.length > 0 ? { ok: true, changes } : { ok: false, error: 'The patch changes no file.' };
  } catch (error) {
    if (error instanceof PatchSyntaxError) return { ok: false, error: error.message };
    throw error;
  }
}
