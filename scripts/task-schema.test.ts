import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { taskSchemaText } from './task-schema.ts';

it('docs/task.schema.json is the schema that task.yaml is read by', () => {
  expect(readFileSync(join(import.meta.dirname, '../docs/task.schema.json'), 'utf8')).toBe(taskSchemaText());
});
