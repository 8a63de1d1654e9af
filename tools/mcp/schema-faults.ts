/**
 * What is wrong with a tool's JSON schema. A provider refuses the whole request for one schema that it cannot read, so a
 * faulty one costs its own tool instead.
 */
import type { Json } from '../../models/index.ts';

type JsonObject = { [key: string]: Json };

const MAX_SCHEMA_BYTES = 16 * 1024;
/** A model gets lost long before; it also bounds the recursion here. */
const MAX_DEPTH = 32;

const DIALECTS = /^https?:\/\/json-schema\.org\/(draft\/2020-12|draft\/2019-09|draft-07|draft-06|draft-04)\/schema#?$/;
const TYPES: readonly Json[] = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];

/** Keywords whose value is a schema, a list of schemas, or an object of them. */
const ONE = [
  'additionalProperties',
  'items',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'propertyNames',
  'additionalItems',
];
const MANY = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const NAMED = ['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas'];
/** OpenAI and Anthropic refuse these at the root. */
const NOT_AT_ROOT = ['anyOf', 'oneOf', 'allOf', 'not', 'enum'];

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Why a model cannot be offered a tool with this input schema; null: it can. */
export function schemaProblem(schema: Json | undefined): string | null {
  if (!isObject(schema)) return 'its input schema is no object';
  if (Buffer.byteLength(JSON.stringify(schema)) > MAX_SCHEMA_BYTES) {
    return `its input schema is larger than ${MAX_SCHEMA_BYTES / 1024} KiB`;
  }
  const dialect = schema.$schema;
  if (dialect !== undefined && !(typeof dialect === 'string' && DIALECTS.test(dialect))) {
    return `its input schema is in a dialect that is not known: ${JSON.stringify(dialect).slice(0, 80)}`;
  }
  if (schema.type !== 'object') return 'its input schema is not of the type object';
  const odd = NOT_AT_ROOT.find((key) => schema[key] !== undefined);
  if (odd !== undefined) return `its input schema has ${odd} at its root, which providers refuse`;
  return problemIn(schema, '#', 0) ?? cycle(schema);
}

function problemIn(schema: Json, path: string, depth: number): string | null {
  if (typeof schema === 'boolean') return null;
  if (!isObject(schema)) return `its input schema is not valid: ${path} is no schema`;
  if (depth > MAX_DEPTH) return `its input schema is nested more than ${MAX_DEPTH} deep`;
  const wrong = (key: string) => `its input schema is not valid: ${key} in ${path}`;
  const { type, properties, required, enum: values, pattern } = schema;
  const types = Array.isArray(type) ? type : [type ?? 'object'];
  if (types.length === 0 || !types.every((one) => TYPES.includes(one))) return wrong('type');
  if (required !== undefined && !(Array.isArray(required) && required.every((name) => typeof name === 'string'))) {
    return wrong('required');
  }
  if (properties !== undefined && !isObject(properties)) return wrong('properties');
  if (values !== undefined && !(Array.isArray(values) && values.length > 0)) return wrong('enum');
  if (pattern !== undefined && !(typeof pattern === 'string' && isPattern(pattern))) return wrong('pattern');
  for (const [key, value] of Object.entries(schema)) {
    for (const [name, child] of children(key, value) ?? []) {
      const problem = problemIn(child, `${path}/${name}`, depth + 1);
      if (problem !== null) return problem;
    }
    if ((MANY.includes(key) && !Array.isArray(value)) || (NAMED.includes(key) && !isObject(value))) return wrong(key);
  }
  return null;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    // What is no pattern with the flag may be one without, as older servers write them.
    try {
      new RegExp(text);
      return true;
    } catch {
      return false; // This is the answer that was asked for.
    }
  }
}

/** The schemas below a keyword, with their paths. */
function children(key: string, value: Json): [string, Json][] {
  // Before 2020-12 `items` could be a list.
  if ((MANY.includes(key) || key === 'items') && Array.isArray(value)) {
    return value.map((child, index) => [`${key}/${index}`, child]);
  }
  if (ONE.includes(key)) return [[key, value]];
  if (NAMED.includes(key) && isObject(value)) {
    return Object.entries(value).map(([name, child]) => [`${key}/${name}`, child]);
  }
  return [];
}

/** A reference that leads nowhere, out of the schema, or back to where it stands, which some providers follow for ever. */
function cycle(root: JsonObject): string | null {
  const done = new Set<Json>();
  const visit = (schema: Json, above: readonly Json[]): string | null => {
    if (!isObject(schema) || done.has(schema)) return null;
    if (above.includes(schema)) return 'its input schema refers to itself';
    const within = [...above, schema];
    for (const key of ['$dynamicRef', '$recursiveRef'])
      if (schema[key] !== undefined) return `its input schema has ${key}`;
    if (schema.$ref !== undefined) {
      const target = resolve(root, schema.$ref);
      if (target === undefined)
        return `its input schema refers to ${JSON.stringify(schema.$ref).slice(0, 80)}, which is not in it`;
      const problem = visit(target, within);
      if (problem !== null) return problem;
    }
    for (const [key, value] of Object.entries(schema)) {
      for (const [, child] of children(key, value)) {
        const problem = visit(child, within);
        if (problem !== null) return problem;
      }
    }
    done.add(schema);
    return null;
  };
  return visit(root, []);
}

/** What a JSON pointer in a reference leads to. */
function resolve(root: JsonObject, reference: Json): Json | undefined {
  if (typeof reference !== 'string' || !(reference === '#' || reference.startsWith('#/'))) return undefined;
  let at: Json | undefined = root;
  for (const part of reference.slice(2).split('/')) {
    if (reference === '#') break;
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = Array.isArray(at) ? at[Number(key)] : isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return isObject(at) || typeof at === 'boolean' ? at : undefined;
}
