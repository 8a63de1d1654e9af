import { SyntaxProblem } from './problems';

export type Token =
  | { kind: 'number'; value: number; position: number }
  | { kind: 'text'; value: string; position: number }
  | { kind: 'name'; value: string; position: number }
  | { kind: 'sign'; value: string; position: number }
  | { kind: 'end'; value: ''; position: number };

const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const TEXT = /'((?:[^']|'')*)'/y;
const SIGN = /\|\||&&|==|!=|<=|>=|[-+*\/%^<>!?:(),]/y;
const SPACE = /\s+/y;

/** Splits a formula into tokens; the last one is the end. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const match = pattern.exec(source);
    if (match !== null) position = pattern.lastIndex;
    return match;
  };
  while (position < source.length) {
    const start = position;
    let match: RegExpExecArray | null;
    if (take(SPACE)) continue;
    if ((match = take(NUMBER))) tokens.push({ kind: 'number', value: Number(match[0]), position: start });
    else if ((match = take(NAME))) tokens.push({ kind: 'name', value: match[0], position: start });
    else if ((match = take(TEXT))) tokens.push({ kind: 'text', value: match[1].replace(/''/g, "'"), position: start });
    else if ((match = take(SIGN))) tokens.push({ kind: 'sign', value: match[0], position: start });
    else throw new SyntaxProblem(`unexpected ${JSON.stringify(source[position])}`, position);
  }
  tokens.push({ kind: 'end', value: '', position: source.length });
  return tokens;
}
