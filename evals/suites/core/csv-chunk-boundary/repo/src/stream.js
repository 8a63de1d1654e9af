import { Transform } from 'node:stream';
import { dialect } from './dialect.js';
import { Parser } from './parser.js';
import { recordsOf } from './records.js';

/** A stream that takes CSV as bytes (UTF-8) or text, and gives rows, or records where `header` is set. */
export function createReader(options) {
  const chosen = dialect(options);
  const reader = new Transform({
    readableObjectMode: true,
    transform(chunk, _encoding, done) {
      try {
        parser.write(chunk.toString());
        done();
      } catch (error) {
        done(error);
      }
    },
    flush(done) {
      try {
        parser.end();
        done();
      } catch (error) {
        done(error);
      }
    },
  });
  const push = (row) => reader.push(row);
  const parser = new Parser(chosen, chosen.header ? recordsOf(push) : push);
  return reader;
}
