/** Writes `docs/task.schema.json`, the JSON schema of a task's `task.yaml`: `node scripts/task-schema.ts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { taskFileSchema } from '../evals/native.ts';

/** The schema as text. */
export function taskSchemaText(): string {
  const schema = z.toJSONSchema(taskFileSchema, { io: 'input' });
  return `${JSON.stringify({ title: 'task.yaml of a Drydock eval task', ...schema }, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '..', 'docs', 'task.schema.json'), taskSchemaText());
