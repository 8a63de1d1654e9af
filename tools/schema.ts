/** From zod schemas to what a model is told, and from what was wrong with its arguments to lines that it can act on. */
import { z } from 'zod';
import type { Json, ToolSpec } from '../models/index.ts';
import type { Tool } from './tool.ts';

/**
 * What becomes a path or a part of a command. A shell drops a NUL, so that what would be run, or opened, is another text than
 * the one that rules have seen.
 */
export const argument = z
  .string()
  .refine((text) => !text.includes('\0'), 'it holds a NUL character, which no path and no command can have');

const jsonObject = z.record(z.string(), z.json());

/** Drops what tells a model nothing: the schema's version, and the bounds that every integer of zod has. */
function lean(value: Json): Json {
  if (Array.isArray(value)) return value.map(lean);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.entries(value).filter(
    ([key, entry]) => key !== '$schema' && !(typeof entry === 'number' && Math.abs(entry) === Number.MAX_SAFE_INTEGER),
  );
  return Object.fromEntries(kept.map(([key, entry]) => [key, lean(entry)]));
}

/** The tools as a model sees them. */
export function toolSpecs(tools: readonly Tool[]): ToolSpec[] {
  return tools.map(({ name, description, input, parameters: given }) => {
    if (given !== undefined) return { name, description, parameters: given };
    const schema = jsonObject.parse(z.toJSONSchema(input, { io: 'input' }));
    const parameters = Object.fromEntries(Object.entries(schema).map(([key, entry]) => [key, lean(entry)]));
    delete parameters.$schema;
    return { name, description, parameters };
  });
}

/** A path into the arguments, as JavaScript would write it: `edits[0].old`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** One short line for each issue. */
export function issueLines(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${pathText(issue.path) || 'arguments'}: ${issue.message}`);
}
