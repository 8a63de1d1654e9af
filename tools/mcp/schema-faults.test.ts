import { describe, expect, it } from 'vitest';
import type { Json } from '../../models/index.ts';
import { schemaProblem } from './schema-faults.ts';

const with_ = (more: { [key: string]: Json }) => ({ type: 'object', ...more });
const node = { type: 'object', properties: { next: { $ref: '#/$defs/node' } } };

describe('a JSON schema', () => {
  it.each<[string, Json]>([
    ['without properties', with_({})],
    ['of draft 7', with_({ $schema: 'http://json-schema.org/draft-07/schema#' })],
    ['of draft 2020-12', with_({ $schema: 'https://json-schema.org/draft/2020-12/schema' })],
    [
      'with a reference that is used twice',
      with_({ properties: { a: { $ref: '#/$defs/x' }, b: { $ref: '#/$defs/x' } }, $defs: { x: { type: 'string' } } }),
    ],
    [
      'with a property that is called like a keyword',
      with_({ properties: { items: { type: 'string' }, $ref: { type: 'string' } } }),
    ],
    [
      'with alternatives below its root',
      with_({ properties: { a: { anyOf: [{ type: 'string' }, { type: ['null', 'integer'] }] } } }),
    ],
    ['with a pattern in the old style', with_({ properties: { a: { type: 'string', pattern: '^[\\w-.]+$' } } })],
    ['with a list of items', with_({ properties: { a: { type: 'array', items: [{ type: 'string' }, true] } } })],
  ])('%s can be offered', (_, schema) => {
    expect(schemaProblem(schema)).toBeNull();
  });

  it.each<[string, Json, string]>([
    ['that is no object', 'object', 'no object'],
    ['of another type', { type: 'string' }, 'not of the type object'],
    ['without a type', { properties: {} }, 'not of the type object'],
    ['in an unknown dialect', with_({ $schema: 'urn:own' }), 'dialect'],
    ['that refers to itself', with_({ properties: { a: { $ref: '#' } } }), 'refers to itself'],
    [
      'that refers to itself further down',
      with_({ properties: { a: { $ref: '#/$defs/node' } }, $defs: { node } }),
      'refers to itself',
    ],
    ['that refers to nothing', with_({ properties: { a: { $ref: '#/$defs/none' } } }), 'which is not in it'],
    ['that refers elsewhere', with_({ properties: { a: { $ref: 'https://example.com/a' } } }), 'which is not in it'],
    ['with alternatives at its root', with_({ anyOf: [{}] }), 'anyOf at its root'],
    ['with an unknown type', with_({ properties: { a: { type: 'text' } } }), 'type in #/properties/a'],
    ['with a property that is no schema', with_({ properties: { a: 'string' } }), '#/properties/a is no schema'],
    ['with required that is no list', with_({ required: true }), 'required'],
    ['with a broken pattern', with_({ properties: { a: { pattern: '(' } } }), 'pattern'],
    ['with an empty enumeration', with_({ properties: { a: { enum: [] } } }), 'enum'],
    ['that is large', with_({ description: 'x'.repeat(20_000) }), 'larger than 16 KiB'],
    ['that is deep', with_({ properties: { a: deep(40) } }), 'deep'],
  ])('%s cannot', (_, schema, problem) => {
    expect(schemaProblem(schema)).toContain(problem);
  });
});

function deep(levels: number): Json {
  return levels === 0 ? true : { type: 'array', items: deep(levels - 1) };
}
