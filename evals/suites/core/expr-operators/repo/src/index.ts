import { evaluateNode, Values } from './evaluate';
import { parse } from './parser';
import { namesIn, Value } from './tree';

export { EvaluationProblem, SyntaxProblem } from './problems';
export type { Value } from './tree';
export type { Values } from './evaluate';

export interface Formula {
  /** The values that the formula may ask for, sorted. */
  readonly names: readonly string[];
  run(values?: Values): Value;
}

/** Reads a formula once, to be run many times. */
export function compile(source: string): Formula {
  const root = parse(source);
  return { names: namesIn(root), run: (values = {}) => evaluateNode(root, values) };
}

export function evaluate(source: string, values: Values = {}): Value {
  return compile(source).run(values);
}
