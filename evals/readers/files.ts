/** Reads the files that tasks are made of. What is wrong with one is told with its file, line and field. */
import { readFile, stat } from 'node:fs/promises';
import { parse as parseToml, TomlError } from 'smol-toml';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { TaskError } from '../task.ts';
import { taskYaml } from '../yaml.ts';

/** Bytes as text. Throws a TaskError where they are no UTF-8, or the file cannot be read. */
export async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    const said =
      error instanceof TypeError ? 'not UTF-8' : codeOf(error) === 'ENOENT' ? 'not there' : (error as Error).message;
    throw new TaskError(`${path}: ${said}`, '', { cause: error });
  }
}

/** As `readText`; null where there is no such file. */
export async function readTextIfThere(path: string): Promise<string | null> {
  return (await isThere(path)) ? readText(path) : null;
}

export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw new TaskError(`${path}: ${(error as Error).message}`, '', { cause: error });
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** What was read, where it is known to be an object. */
export function fieldsOf(raw: unknown): Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null ? { ...raw } : {};
}

/** A value of a shape. Throws a TaskError such as `PLACE: FIELD: what is wrong`, for the first thing that is. */
export function checked<Shape extends z.ZodType>(
  shape: Shape,
  value: unknown,
  placeOf: (path: readonly PropertyKey[]) => string,
): z.infer<Shape> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = fieldName(issue?.path ?? []);
  throw new TaskError(
    `${placeOf(issue?.path ?? [])}: ${field === '' ? '' : `${field}: `}${issue?.message ?? 'not valid'}`,
  );
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, part) => {
    if (typeof part === 'number') return `${name}[${part}]`;
    return name === '' ? String(part) : `${name}.${String(part)}`;
  }, '');
}

/** What a file says: checked, with what its shape adds; and as it was read. */
export type FileData<Shape extends z.ZodType> = { data: z.infer<Shape>; raw: unknown };

/** A YAML file of a shape. Dates stay text. */
export async function readYaml<Shape extends z.ZodType>(path: string, shape: Shape): Promise<FileData<Shape>> {
  const text = await readText(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const broken = document.errors[0];
  if (broken !== undefined) {
    throw new TaskError(
      `${path}:${lines.linePos(broken.pos[0]).line}: not YAML: ${broken.message.split(/ at line /)[0]}`,
    );
  }
  const raw = taskYaml(document, path);
  const data = checked(shape, raw, (field) => {
    for (let depth = field.length; depth > 0; depth--) {
      const node: unknown = document.getIn(field.slice(0, depth), true);
      const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : null;
      if (Array.isArray(range)) return `${path}:${lines.linePos(range[0]).line}`;
    }
    return path;
  });
  return { data, raw };
}

/** A TOML file of a shape. */
export async function readToml<Shape extends z.ZodType>(path: string, shape: Shape): Promise<FileData<Shape>> {
  const text = await readText(path);
  let raw: unknown;
  try {
    raw = parseToml(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const said = error.message.split('\n')[0]?.replace('Invalid TOML document: ', '');
    throw new TaskError(`${path}:${error.line}: not TOML: ${said}`, '', { cause: error });
  }
  const data = checked(shape, raw, (field) => {
    const line = lineOfTomlField(text, field);
    return line === null ? path : `${path}:${line}`;
  });
  return { data, raw };
}

/** The line of a field, or of the table that should have it, as far as the text tells by headers and keys at a line's start. */
export function lineOfTomlField(text: string, field: readonly PropertyKey[]): number | null {
  const names = field.filter((part) => typeof part === 'string');
  let table = '';
  let found: number | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) table = header;
    const key = header === undefined ? /^\s*([\w.-]+)\s*=/.exec(line)?.[1] : undefined;
    if (header === undefined && key === undefined) continue;
    const full = [table, key].filter((part) => part !== undefined && part !== '').join('.');
    if (full === names.join('.')) return index + 1;
    if (names.join('.').startsWith(`${full}.`)) found = index + 1;
  }
  return found;
}
