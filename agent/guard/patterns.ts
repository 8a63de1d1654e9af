/** Regular expressions that users write: checked when the settings are read, and bounded in time when they are used. */
import vm from 'node:vm';
import { z } from 'zod';

/** So long all expressions of a user may take for one text. */
export const PATTERN_BUDGET_MS = 1000;
const MAX_PATTERN_CHARACTERS = 1000;

/** An expression that can be used: it compiles, and does not fit where there is nothing. */
export const expression = z.string().transform((text, context) => {
  const problem = problemOf(text);
  if (problem === null) return text;
  context.issues.push({ code: 'custom', message: `${JSON.stringify(text.slice(0, 80))} ${problem}`, input: text });
  return z.NEVER;
});

function problemOf(text: string): string | null {
  if (text.length > MAX_PATTERN_CHARACTERS) return `is longer than ${MAX_PATTERN_CHARACTERS} characters`;
  try {
    return new RegExp(text, 'gmu').test('') ? 'fits where there is nothing' : null;
  } catch (error) {
    return `is no regular expression: ${error instanceof Error ? error.message.split(': ').at(-1) : error}`;
  }
}

/** Where an expression fits, as beginnings and ends. */
export type Span = [start: number, end: number];

/** Finds all places in a text for each of the expressions; null where that takes longer than the budget. */
export type FindAll = (text: string) => Span[][] | null;

/** Backtracking can take for ever, and nothing else in this thread can end it. */
export function finder(expressions: readonly string[]): FindAll {
  const script = new vm.Script(`JSON.stringify(expressions.map((expression) =>
  [...text.matchAll(new RegExp(expression, 'gmu'))].map(({ 0: found, index }) => [index, index + found.length])))`);
  const spans = z.array(z.array(z.tuple([z.number(), z.number()])));
  return (text) => {
    try {
      const context = vm.createContext({ text, expressions: [...expressions] });
      const found: unknown = script.runInContext(context, { timeout: PATTERN_BUDGET_MS });
      return spans.parse(JSON.parse(String(found)));
    } catch (error) {
      // Not `instanceof`: it may be an error of another realm.
      const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
      if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return null;
      throw error;
    }
  };
}
