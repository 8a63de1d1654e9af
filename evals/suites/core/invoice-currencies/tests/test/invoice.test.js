'use strict';

const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const { join } = require('node:path');
const { test } = require('node:test');
const { InvoiceError, compute, renderCsv, renderJson, renderText, summarize } = require('../src/index.js');

const example = require('../examples/paper.json');

test('lines, taxes and totals', () => {
  const invoice = compute(example);
  assert.deepEqual(invoice.lines.map(({ net }) => net), [1347n, 2000n]);
  assert.deepEqual(invoice.taxes, [{ rate: 7, base: 2000n, amount: 140n }, { rate: 19, base: 1347n, amount: 256n }]);
  assert.deepEqual([invoice.net, invoice.tax, invoice.total], [3347n, 396n, 3743n]);
});

test('halves are rounded away from zero', () => {
  const net = (price, discount) => compute({ number: '1', lines: [{ title: 'x', quantity: 1, price, discount }] }).net;
  assert.equal(net('0.05', 50), 3n);
  assert.equal(net('-0.05', 50), -3n);
  assert.equal(net('1.00', 33.3), 67n);
});

test('what is wrong is told with its place', () => {
  const line = { title: 'x', quantity: 1, price: '1.00' };
  for (const [change, path] of [[{ price: '1.005' }, 'lines[0].price'], [{ price: 1 }, 'lines[0].price'], [{ quantity: 0 }, 'lines[0].quantity'], [{ discount: 101 }, 'lines[0].discount']]) {
    assert.throws(() => compute({ number: '1', lines: [{ ...line, ...change }] }), (error) => error instanceof InvoiceError && error.path === path);
  }
});

test('text', () => {
  assert.equal(renderText(compute(example)), [
    'Invoice 2024-17',
    '========================================================',
    'Paper, 3 x 4.99 less 10 %                          13.47',
    'Book "Ink", 1 x 20.00                              20.00',
    '--------------------------------------------------------',
    'Net                                                33.47',
    'Tax 7 % of 20.00                                    1.40',
    'Tax 19 % of 13.47                                   2.56',
    'Total                                              37.43',
    '',
  ].join('\n'));
});

test('CSV', () => {
  assert.equal(renderCsv(compute(example)), 'invoice,currency,title,quantity,price,discount,tax,net\n2024-17,EUR,Paper,3,4.99,10,19,13.47\n2024-17,EUR,"Book ""Ink""",1,20.00,0,7,20.00\n');
});

test('JSON', () => {
  const plain = JSON.parse(renderJson(compute(example)));
  assert.equal(plain.total, '37.43');
  assert.deepEqual(plain.lines[0], { title: 'Paper', quantity: 3, price: '4.99', net: '13.47' });
});

test('a summary', () => {
  assert.deepEqual(summarize([compute(example), compute(example)]), {
    count: 2,
    currencies: [{ currency: 'EUR', count: 2, net: '66.94', tax: '7.92', rounding: '0.00', total: '74.86' }],
  });
  assert.deepEqual(summarize([]), { count: 0, currencies: [] });
});

test('the command', () => {
  const root = join(__dirname, '..');
  const output = execFileSync(process.execPath, [join(root, 'bin/quill.js'), join(root, 'examples/paper.json')], { encoding: 'utf8' });
  assert.match(output, /Total +37.43/);
});
