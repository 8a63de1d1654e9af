import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, stringify } from '../src/index.js';

test('quotes what has to be quoted', () => {
  assert.equal(stringify([['x', 'say "hi"', 'a,b', 'c\nd']]), 'x,"say ""hi""","a,b","c\nd"\n');
});

test('writes objects with a header', () => {
  assert.equal(stringify([{ a: 1, b: null }, { a: 2, b: 'x' }]), 'a,b\n1,\n2,x\n');
});

test('what is written is read again', () => {
  const rows = [['a"b', '', 'c,d'], ['\r\n', 'é', '"']];
  assert.deepEqual(parse(stringify(rows)), rows);
});
