/** Records in a file: JSON Lines, a JSON array, or a JSON object that maps a name to each. */
import { basename } from 'node:path';
import { TaskError } from '../task.ts';
import { readText } from './files.ts';

/** `line` counts from 1: where the record starts. `key` is its name in a map. `problem`: what stands there is no JSON. */
export type FileRecord = { line: number; key: string | null } & ({ value: unknown } | { problem: string });

/**
 * The records of a file. Lines that are empty are none. `isRecord` tells a single record from a map of them.
 * Throws a TaskError where a file that is not in lines is no JSON, or has one key twice.
 */
export async function readRecords(path: string, isRecord: (value: object) => boolean): Promise<FileRecord[]> {
  const text = await readText(path);
  if (/\.(?:jsonl|ndjson)$/i.test(path)) return readLines(text);
  const whole = readJson(text);
  if ('problem' in whole) {
    // Some name a file with a record a line `.json` too.
    const first = text.split('\n').find((line) => line.trim() !== '') ?? '';
    if (!('problem' in readJson(first)) && first.trim().startsWith('{')) return readLines(text);
    throw new TaskError(`${basename(path)}:${whole.line}: ${whole.problem}`);
  }
  const { value } = whole;
  if (Array.isArray(value)) {
    const places = placesOf(text);
    return value.map((item, index) => ({ line: places[index]?.line ?? 1, key: null, value: item }));
  }
  if (typeof value !== 'object' || value === null)
    throw new TaskError(`${basename(path)}:1: not an array, an object, or lines`);
  if (isRecord(value)) return [{ line: placesOf(text)[0]?.line ?? 1, key: null, value }];
  return readMap(path, value, placesOf(text));
}

function readMap(path: string, value: object, places: readonly Place[]): FileRecord[] {
  const lines = new Map<string, number>();
  for (const { key, line } of places) {
    if (key === null) continue;
    const before = lines.get(key);
    if (before !== undefined) throw new TaskError(`${basename(path)}:${line}: ${key} is already on line ${before}`);
    lines.set(key, line);
  }
  return Object.entries(value).map(([key, item]) => ({ line: lines.get(key) ?? 1, key, value: item }));
}

function readLines(text: string): FileRecord[] {
  return text.split('\n').flatMap((content, index): FileRecord[] => {
    if (content.trim() === '') return [];
    const read = readJson(content);
    return [{ key: null, ...read, line: index + 1 }];
  });
}

function readJson(text: string): { value: unknown } | { problem: string; line: number } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = /at position (\d+)/.exec(error.message)?.[1];
    const before = position === undefined ? text.trimEnd() : text.slice(0, Number.parseInt(position, 10));
    // What the parser says further quotes the text, which can be long and can have line ends.
    const said = error.message.split(/,? (?:in JSON|is not valid JSON|\(line )/)[0]?.replace(/, ".*$/s, '') ?? '';
    return { problem: `not JSON: ${said}`, line: before.split('\n').length };
  }
}

type Place = { line: number; key: string | null };

/** Where the items of the outermost array or object start, in a text that is known to be JSON. */
function placesOf(text: string): Place[] {
  const places: Place[] = [];
  let depth = 0;
  let line = 1;
  let isNext = false;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|\n|[^\s"]/gs)) {
    if (token === '\n') {
      line++;
      continue;
    }
    const closes = token === ']' || token === '}';
    if (depth === 1 && isNext && !closes) {
      places.push({ line, key: token.startsWith('"') ? String(JSON.parse(token)) : null });
      isNext = false;
    }
    if (closes) depth--;
    else if (token === '[' || token === '{') isNext = ++depth === 1;
    else if (token === ',' && depth === 1) isNext = true;
  }
  return places;
}
