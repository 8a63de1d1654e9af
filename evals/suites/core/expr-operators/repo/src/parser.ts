import { SyntaxProblem } from './problems';
import { Token, tokenize } from './tokens';
import { Node } from './tree';

const PRECEDENCE = new Map<string, number>([
  ['||', 1],
  ['&&', 2],
  ['==', 3],
  ['!=', 3],
  ['<', 3],
  ['<=', 3],
  ['>', 3],
  ['>=', 3],
  ['+', 4],
  ['-', 4],
  ['*', 5],
  ['/', 5],
  ['%', 5],
  ['^', 6],
]);

/** Reads a formula into a tree. Throws a SyntaxProblem. */
export function parse(source: string): Node {
  const tokens = tokenize(source);
  let index = 0;

  const peek = (): Token => tokens[index];
  const isSign = (value: string): boolean => peek().kind === 'sign' && peek().value === value;

  function expect(value: string): void {
    if (!isSign(value)) throw unexpected();
    index++;
  }

  function unexpected(): SyntaxProblem {
    const token = peek();
    return new SyntaxProblem(token.kind === 'end' ? 'the formula ends too early' : `unexpected ${JSON.stringify(String(token.value))}`, token.position);
  }

  function choice(): Node {
    let node = binary(1);
    while (isSign('?')) {
      index++;
      const yes = binary(1);
      expect(':');
      const no = binary(1);
      node = { kind: 'choice', condition: node, yes, no };
    }
    return node;
  }

  function binary(least: number): Node {
    let left = unary();
    for (;;) {
      const token = peek();
      const precedence = token.kind === 'sign' ? PRECEDENCE.get(token.value) : undefined;
      if (precedence === undefined || precedence < least) return left;
      index++;
      left = { kind: 'binary', operator: String(token.value), left, right: binary(precedence + 1) };
    }
  }

  function unary(): Node {
    for (const operator of ['-', '!']) {
      if (isSign(operator)) {
        index++;
        return { kind: 'unary', operator, operand: unary() };
      }
    }
    return primary();
  }

  function primary(): Node {
    const token = peek();
    if (token.kind === 'number' || token.kind === 'text') {
      index++;
      return { kind: 'literal', value: token.value };
    }
    if (token.kind === 'name') {
      index++;
      if (token.value === 'true' || token.value === 'false') return { kind: 'literal', value: token.value === 'true' };
      if (isSign('(')) return { kind: 'call', name: token.value, args: args() };
      return { kind: 'name', name: token.value };
    }
    if (isSign('(')) {
      index++;
      const node = choice();
      expect(')');
      return node;
    }
    throw unexpected();
  }

  function args(): Node[] {
    expect('(');
    const found: Node[] = [];
    if (!isSign(')')) {
      found.push(choice());
      while (isSign(',')) {
        index++;
        found.push(choice());
      }
    }
    expect(')');
    return found;
  }

  const root = choice();
  if (peek().kind !== 'end') throw unexpected();
  return root;
}
