import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CsvError, createReader, parse } from '../src/index.js';

describe('parse', () => {
  test('splits fields and rows', () => {
    assert.deepEqual(parse('a,b\n1,2\n'), [['a', 'b'], ['1', '2']]);
  });

  test('takes LF, CRLF and CR as line ends', () => {
    assert.deepEqual(parse('a\r\nb\rc\nd'), [['a'], ['b'], ['c'], ['d']]);
  });

  test('reads quoted fields', () => {
    assert.deepEqual(parse('"a,b","c ""d""","e\nf"\n'), [['a,b', 'c "d"', 'e\nf']]);
  });

  test('leaves a quote inside of a plain field alone', () => {
    assert.deepEqual(parse('5" disk,x\n'), [['5" disk', 'x']]);
  });

  test('drops a byte order mark', () => {
    assert.deepEqual(parse('\ufeffa,b\n'), [['a', 'b']]);
  });

  test('tells where an open quote began', () => {
    assert.throws(() => parse('a\nb,"c\nd'), (error) => error instanceof CsvError && error.line === 2);
  });

  test('makes records', () => {
    assert.deepEqual(parse('id,name\n1,Ann\n', { header: true }), [{ id: '1', name: 'Ann' }]);
  });
});

describe('createReader', () => {
  test('gives rows for text in two chunks', async () => {
    const reader = createReader();
    reader.write('a,b\n1');
    reader.end('2,3\n');
    const rows = [];
    for await (const row of reader) rows.push(row);
    assert.deepEqual(rows, [['a', 'b'], ['12', '3']]);
  });
});
