/**
 * Writes `docs/events.schema.json`: what a line of `drydock run --json` can be, as a JSON schema made from the schemas
 * that the session log is read with. Run it after a change of those: `node scripts/event-schema.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { envelopeSchema, eventBodySchema, modelErrorSchema } from '../session/events.ts';

const SCHEMA_FILE = join(import.meta.dirname, '../docs/events.schema.json');

const { v, seq, at } = envelopeSchema.shape;
const [first, ...rest] = eventBodySchema.options.map((body) => body.extend({ v, seq, at }));
if (first === undefined) throw new Error('there are no events');

/** What is shown between the log's events and never stored: `cli/render/json.ts` writes these. */
const shown = [
  z.object({ type: z.literal('delta.text'), text: z.string() }),
  z.object({ type: z.literal('delta.reasoning'), text: z.string() }),
  z.object({ type: z.literal('delta.tool_call'), callId: z.string(), name: z.string(), arguments: z.string() }),
  z.object({ type: z.literal('delta.retry'), attempt: z.number(), delayMs: z.number(), error: modelErrorSchema }),
  z.object({ type: z.literal('progress'), text: z.string() }),
] as const;

/** One line of `--json`. */
export const lineSchema = z.discriminatedUnion('type', [first, ...rest, ...shown]);

/** The text of `docs/events.schema.json`. Additional fields are allowed: a later version may have more. */
export function eventSchemaText(): string {
  // What a tool keeps in `details`, and a provider in `opaque`, is any JSON: there is nothing to say of it.
  const { $schema, ...schema } = z.toJSONSchema(lineSchema, { io: 'input', unrepresentable: 'any' });
  const title = 'One line of drydock run --json, and (but for delta.* and progress) of events.jsonl';
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(SCHEMA_FILE, eventSchemaText());
