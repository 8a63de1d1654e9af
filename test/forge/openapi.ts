/** Checks requests against GitHub's OpenAPI document, of which `github-api.json` has the parts that the double knows. */
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import document from './github-api.json' with { type: 'json' };
import type { Asked } from './http.ts';
import { OPERATIONS, type Operation } from './operations.ts';

/** A request that GitHub's document does not have. */
export type Violation = { method: string; path: string; problems: string[] };

/** What a request is by the document. `params` are the path's, decoded. */
export type Checked = {
  operation: Operation | null;
  params: Record<string, string>;
  /** The body as JSON; undefined: there is none, or it is not JSON. */
  body: unknown;
  problems: string[];
};

const schema = z.record(z.string(), z.unknown());
const documentSchema = z.object({
  operations: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      parameters: z.array(z.object({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean(), schema })),
      body: z.object({ required: z.boolean(), schema }).nullable(),
    }),
  ),
});

/** Parameters whose values may hold slashes. */
const LONG = new Set(['ref', 'branch', 'path']);

type Known = {
  operation: Operation;
  method: string;
  pattern: RegExp;
  names: string[];
  path: ValidateFunction;
  query: ValidateFunction;
  body: { required: boolean; validate: ValidateFunction } | null;
};

const KNOWN = compile();

function compile(): Known[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  // What a path and a query hold is text, so a number there is text that reads as one.
  const loose = new Ajv({ strict: false, allErrors: true, coerceTypes: true });
  for (const one of [ajv, loose]) {
    addFormats.default(one);
    one.addFormat('repo.nwo', /^[^/\s]+\/[^/\s]+$/);
  }
  const known = documentSchema.parse(document).operations.map((one): Known => {
    const operation = OPERATIONS.find((name) => name === `${one.method} ${one.path}`);
    if (operation === undefined) throw new Error(`github-api.json has ${one.method} ${one.path}, the double has not`);
    const parameters = (place: 'path' | 'query') => {
      const of = one.parameters.filter((parameter) => parameter.in === place);
      return loose.compile({
        type: 'object',
        properties: Object.fromEntries(of.map((parameter) => [parameter.name, parameter.schema])),
        required: of.filter((parameter) => parameter.required).map((parameter) => parameter.name),
        additionalProperties: false,
      });
    };
    const names = [...one.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const source = one.path
      .replaceAll('.', '\\.')
      .replace(/\{(\w+)\}/g, (_, name) => (LONG.has(name) ? '(.+)' : '([^/]+)'));
    return {
      ...{ operation, method: one.method, pattern: new RegExp(`^${source}$`), names },
      path: parameters('path'),
      query: parameters('query'),
      body: one.body && {
        required: one.body.required,
        // GitHub passes over fields that it does not know; for us they are a mistake.
        validate: ajv.compile({ ...one.body.schema, additionalProperties: false }),
      },
    };
  });
  // The path with the fewest parameters is the one that is meant: `issues/comments` is no issue.
  return known.sort((a, b) => a.names.length - b.names.length);
}

/** Checks one request. Its problems are lines for a person; none: it fits. */
export function checkRequest(asked: Asked): Checked {
  const parsed = parseBody(asked.body);
  for (const known of KNOWN) {
    const match = known.method === asked.method ? known.pattern.exec(asked.path) : null;
    if (match === null) continue;
    const params = Object.fromEntries(known.names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? '')]));
    const problems = [
      ...problemsOf('path', known.path, { ...params }),
      ...problemsOf('query', known.query, Object.fromEntries(asked.query)),
      ...repeated(asked.query),
      ...bodyProblems(known, asked, parsed),
    ];
    return { operation: known.operation, params, body: parsed.json, problems };
  }
  const problems = [`the document, or what the double knows of it, has no ${asked.method} ${asked.path}`];
  return { operation: null, params: {}, body: parsed.json, problems };
}

type Parsed = { json: unknown; broken: boolean };

function parseBody(body: Buffer): Parsed {
  if (body.length === 0) return { json: undefined, broken: false };
  try {
    return { json: JSON.parse(body.toString('utf8')), broken: false };
  } catch {
    return { json: undefined, broken: true };
  }
}

function bodyProblems(known: Known, asked: Asked, { json, broken }: Parsed): string[] {
  if (broken) return ['body: is not JSON'];
  if (json === undefined) return known.body?.required ? ['body: is missing'] : [];
  if (known.body === null) return ['body: there must be none'];
  const type = asked.headers['content-type'] ?? '';
  const said = /^application\/json\b/.test(type)
    ? []
    : [`body: is said to be ${type || 'nothing'}, not application/json`];
  return [...said, ...problemsOf('body', known.body.validate, json)];
}

function problemsOf(place: string, validate: ValidateFunction, data: unknown): string[] {
  return validate(data) ? [] : (validate.errors ?? []).map((error) => `${place}: ${told(error)}`);
}

function told({ instancePath, message, params }: ErrorObject): string {
  const extra: unknown = params.additionalProperty;
  return `${instancePath} ${message}${typeof extra === 'string' ? ` (${extra})` : ''}`.trim();
}

function repeated(query: URLSearchParams): string[] {
  const names = [...new Set(query.keys())].filter((name) => query.getAll(name).length > 1);
  return names.map((name) => `query: ${name} is given more than once`);
}
