import { EvaluationProblem } from './problems';
import { Value } from './tree';

function number(value: Value, what: string): number {
  if (typeof value !== 'number') throw new EvaluationProblem(`${what} needs numbers`);
  return value;
}

type Fn = { least: number; most: number; run(args: Value[]): Value };

/** The functions of formulas by name. */
export const FUNCTIONS = new Map<string, Fn>([
  ['abs', { least: 1, most: 1, run: ([x]) => Math.abs(number(x, 'abs')) }],
  ['min', { least: 1, most: Infinity, run: (args) => Math.min(...args.map((x) => number(x, 'min'))) }],
  ['max', { least: 1, most: Infinity, run: (args) => Math.max(...args.map((x) => number(x, 'max'))) }],
  ['round', { least: 1, most: 1, run: ([x]) => Math.round(number(x, 'round')) }],
  [
    'len',
    {
      least: 1,
      most: 1,
      run: ([x]) => {
        if (typeof x !== 'string') throw new EvaluationProblem('len needs a text');
        return x.length;
      },
    },
  ],
]);
