/** The section `guard` of a settings file: what must not get out, neither to a provider nor in a patch. */
import { z } from 'zod';
import { knownKeys } from '../../models/index.ts';
import { expression } from './patterns.ts';

/** A kind stands in the text that replaces a secret. */
const kind = z
  .string()
  .regex(/^[a-z0-9][a-z0-9 _.-]{0,39}$/, 'is no name for a kind of secret: letters, digits, - _ . and blanks');

export const guardSchema = z.strictObject(
  {
    redact: z.boolean('is neither true nor false').exactOptional(),
    secrets: z.record(kind, expression, 'is no list of NAME: EXPRESSION').exactOptional(),
    blocked: z.array(expression, 'is no list of expressions').exactOptional(),
  },
  knownKeys(['redact', 'secrets', 'blocked'], 'must hold redact, secrets or blocked, and nothing else'),
);

export type Guard = { redact: boolean; secrets: Readonly<Record<string, string>>; blocked: readonly string[] };

/** Secrets are taken out where nothing is said. */
export function guardOf(section: z.output<typeof guardSchema> | undefined): Guard {
  return { redact: true, secrets: {}, blocked: [], ...section };
}
