import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventSchemaText, lineSchema } from './event-schema.ts';

/** What is looked at of one kind of line in the schema. */
type Line = { properties: { type: { const: string } }; required: string[] };

describe('docs/events.schema.json', () => {
  it('is in step with the code (mend with: node scripts/event-schema.ts)', () => {
    const file = join(import.meta.dirname, '../docs/events.schema.json');
    expect(readFileSync(file, 'utf8')).toBe(eventSchemaText());
  });

  it('describes every type of line once, with its place in the log where it has one', () => {
    const lines: Line[] = JSON.parse(eventSchemaText()).oneOf;
    const types = lines.map((line) => line.properties.type.const);
    expect(new Set(types).size).toBe(types.length);
    expect(types).toEqual(expect.arrayContaining(['session.created', 'run.finished', 'delta.text', 'progress']));
    for (const line of lines) {
      const logged = !/^(delta\.|progress$)/.test(line.properties.type.const);
      expect(line.required.includes('seq')).toBe(logged);
    }
  });

  it('takes fields that a later version may add', () => {
    expect(eventSchemaText()).not.toContain('"additionalProperties": false');
    expect(lineSchema.safeParse({ type: 'progress', text: 'x', since: 1 }).success).toBe(true);
  });
});
