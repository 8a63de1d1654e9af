import { dialect } from './dialect.js';
import { Parser } from './parser.js';
import { recordsOf } from './records.js';

export { CsvError } from './errors.js';
export { Parser } from './parser.js';
export { createReader } from './stream.js';
export { stringify } from './stringify.js';

/** All rows (or, with `header`, records) of a text. */
export function parse(text, options) {
  const chosen = dialect(options);
  const rows = [];
  const push = (row) => rows.push(row);
  const parser = new Parser(chosen, chosen.header ? recordsOf(push) : push);
  parser.write(text);
  parser.end();
  return rows;
}
