/**
 * For the tests: values that SciPy and Python's math found, of the expressions that stand beside them in the fixture.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const file: unknown = JSON.parse(readFileSync(join(import.meta.dirname, 'scipy.fixture.json'), 'utf8'));

/** The figures of one function of ours: what it is given, and the value that it must come to. */
export function figures<Given extends z.ZodType, Value extends z.ZodType>(name: string, given: Given, value: Value) {
  const entry = z.array(z.object({ given, expression: z.string(), value })).min(1);
  return z.looseObject({ [name]: entry }).parse(file)[name] as z.infer<typeof entry>;
}

/** What is given, or the value: numbers, or lists of them. */
export const number = z.number();
export const numbers = z.array(z.number());
export const lists = z.array(z.array(z.number()));
export const ends = z.tuple([z.number(), z.number()]);
