import { FUNCTIONS } from './functions';
import { EvaluationProblem } from './problems';
import { Node, Value } from './tree';

export type Values = Record<string, Value>;

const ARITHMETIC: Record<string, (a: number, b: number) => Value> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => {
    if (b === 0) throw new EvaluationProblem('division by zero');
    return a / b;
  },
  '%': (a, b) => {
    if (b === 0) throw new EvaluationProblem('division by zero');
    return a % b;
  },
  '^': (a, b) => a ** b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

const TEXTUAL: Record<string, (a: string, b: string) => Value> = {
  '+': (a, b) => a + b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function boolean(value: Value, operator: string): boolean {
  if (typeof value !== 'boolean') throw new EvaluationProblem(`${operator} needs true or false`);
  return value;
}

function binary(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '&&':
      return boolean(left, operator) && boolean(right, operator);
    case '||':
      return boolean(left, operator) || boolean(right, operator);
  }
  if (typeof left === 'number' && typeof right === 'number') return ARITHMETIC[operator](left, right);
  if (typeof left === 'string' && typeof right === 'string' && operator in TEXTUAL) return TEXTUAL[operator](left, right);
  throw new EvaluationProblem(`${operator} cannot be used with ${typeof left} and ${typeof right}`);
}

/** The value of a tree. Throws an EvaluationProblem. */
export function evaluateNode(node: Node, values: Values): Value {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'name':
      if (!Object.prototype.hasOwnProperty.call(values, node.name)) throw new EvaluationProblem(`there is no value ${node.name}`);
      return values[node.name];
    case 'unary': {
      const operand = evaluateNode(node.operand, values);
      if (node.operator === '!') return !boolean(operand, '!');
      if (typeof operand !== 'number') throw new EvaluationProblem('- needs a number');
      return -operand;
    }
    case 'binary':
      return binary(node.operator, evaluateNode(node.left, values), evaluateNode(node.right, values));
    case 'choice': {
      const yes = evaluateNode(node.yes, values);
      const no = evaluateNode(node.no, values);
      return boolean(evaluateNode(node.condition, values), '?') ? yes : no;
    }
    case 'call': {
      const fn = FUNCTIONS.get(node.name);
      if (fn === undefined) throw new EvaluationProblem(`there is no function ${node.name}`);
      if (node.args.length < fn.least || node.args.length > fn.most) {
        throw new EvaluationProblem(`${node.name} does not take ${node.args.length} values`);
      }
      return fn.run(node.args.map((arg) => evaluateNode(arg, values)));
    }
  }
}
