'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { mkdtempSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const { InvoiceError, compute, renderCsv, renderJson, renderText, summarize } = require('../src/index.js');

const invoice = (currency, ...lines) => ({
  number: 'A-1',
  ...(currency === undefined ? {} : { currency }),
  lines: lines.map((line) => ({ title: 'x', quantity: 1, ...line })),
});
const fails = (given, path) => assert.throws(() => compute(given), (error) => error instanceof InvoiceError && error.path === path);

describe('what is given', () => {
  test('the currency is in the result, EUR by default', () => {
    assert.equal(compute(invoice(undefined, { price: '1' })).currency, 'EUR');
    assert.equal(compute(invoice('KWD', { price: '1' })).currency, 'KWD');
  });

  test('unknown currencies are refused', () => {
    for (const currency of ['XXX', 'jpy', '', null, 7, 'toString', '__proto__']) fails(invoice(currency, { price: '1' }), 'currency');
  });

  test('amounts are read in the smallest unit', () => {
    const net = (currency, price) => compute(invoice(currency, { price })).net;
    assert.equal(net('JPY', '500'), 500n);
    assert.equal(net('KWD', '1.25'), 1250n);
    assert.equal(net('KWD', '1.257'), 1257n);
    assert.equal(net('KWD', '-4'), -4000n);
    assert.equal(net('USD', '4.5'), 450n);
  });

  test('too many decimals are refused', () => {
    for (const [currency, price] of [['JPY', '4.5'], ['JPY', '4.0'], ['KWD', '1.2345'], ['USD', '1.005'], ['EUR', '1.000'], ['JPY', '4.']]) {
      fails(invoice(currency, { price }), 'lines[0].price');
    }
  });
});

describe('what is computed', () => {
  test('yen are rounded to whole yen', () => {
    const { lines, taxes, total } = compute(invoice('JPY', { price: '99', quantity: 3, discount: 12.5, tax: 10 }));
    assert.equal(lines[0].net, 260n);
    assert.deepEqual(taxes, [{ rate: 10, base: 260n, amount: 26n }]);
    assert.equal(total, 286n);
  });

  test('dinars are rounded to fils', () => {
    const { net, tax, total, rounding } = compute(invoice('KWD', { price: '0.335', discount: 50, tax: 5 }));
    assert.deepEqual({ net, tax, total, rounding }, { net: 168n, tax: 8n, total: 176n, rounding: 0n });
  });

  test('totals in CHF are in steps of five Rappen', () => {
    const rounded = (price) => {
      const { net, rounding, total } = compute(invoice('CHF', { price }));
      assert.equal(total, net + rounding);
      return [total, rounding];
    };
    assert.deepEqual(rounded('10.02'), [1000n, -2n]);
    assert.deepEqual(rounded('10.03'), [1005n, 2n]);
    assert.deepEqual(rounded('10.05'), [1005n, 0n]);
    assert.deepEqual(rounded('10.08'), [1010n, 2n]);
    assert.deepEqual(rounded('-10.02'), [-1000n, 2n]);
    assert.deepEqual(rounded('-10.03'), [-1005n, -2n]);
    assert.deepEqual(rounded('0.01'), [0n, -1n]);
  });

  test('tax in CHF is not rounded to five Rappen, only the total is', () => {
    const { net, tax, rounding, total } = compute(invoice('CHF', { price: '19.99', tax: 8 }));
    assert.deepEqual({ net, tax, rounding, total }, { net: 1999n, tax: 160n, rounding: 1n, total: 2160n });
  });

  test('other currencies are not rounded any further', () => {
    for (const currency of [undefined, 'EUR', 'USD']) {
      const { rounding, total } = compute(invoice(currency, { price: '10.03' }));
      assert.deepEqual([rounding, total], [0n, 1003n]);
    }
  });
});

describe('text', () => {
  test('yen have no point', () => {
    assert.equal(renderText(compute(invoice('JPY', { title: 'Tea', price: '500', quantity: 2, tax: 8 }))), [
      'Invoice A-1 (JPY)',
      '========================================================',
      'Tea, 2 x 500                                        1000',
      '--------------------------------------------------------',
      'Net                                                 1000',
      'Tax 8 % of 1000                                       80',
      'Total                                               1080',
      '',
    ].join('\n'));
  });

  test('the rounding of CHF has a row where there is one', () => {
    assert.match(renderText(compute(invoice('CHF', { price: '10.02' }))), /Tax 0 % of 10\.02 +0\.00\nRounding +-0\.02\nTotal +10\.00\n$/);
    assert.doesNotMatch(renderText(compute(invoice('CHF', { price: '10.05' }))), /Rounding/);
  });

  test('small and negative amounts in KWD', () => {
    const text = renderText(compute(invoice('KWD', { price: '-0.005' }, { price: '0.05' }, { price: '1.25' })));
    assert.match(text, /x, 1 x -0\.005 +-0\.005\nx, 1 x 0\.050 +0\.050\nx, 1 x 1\.250 +1\.250\n/);
  });

  test('EUR looks as before', () => {
    for (const currency of [undefined, 'EUR']) {
      assert.match(renderText(compute(invoice(currency, { price: '1.5' }))), /^Invoice A-1\n=+\nx, 1 x 1\.50 +1\.50\n-+\nNet +1\.50\nTax 0 % of 1\.50 +0\.00\nTotal +1\.50\n$/);
    }
  });
});

test('CSV has a column for the currency', () => {
  assert.equal(renderCsv(compute(invoice('KWD', { price: '2', tax: 5 }))), 'invoice,currency,title,quantity,price,discount,tax,net\nA-1,KWD,x,1,2.000,0,5,2.000\n');
});

test('JSON has currency and rounding', () => {
  const plain = JSON.parse(renderJson(compute(invoice('CHF', { price: '10.03' }))));
  assert.deepEqual(Object.keys(plain), ['number', 'currency', 'lines', 'taxes', 'net', 'tax', 'rounding', 'total']);
  assert.deepEqual([plain.currency, plain.net, plain.rounding, plain.total], ['CHF', '10.03', '0.02', '10.05']);
  assert.equal(JSON.parse(renderJson(compute(invoice('JPY', { price: '7' })))).rounding, '0');
});

describe('a summary', () => {
  test('adds up each currency by itself', () => {
    const invoices = [invoice('USD', { price: '1', tax: 10 }), invoice('JPY', { price: '100' }), invoice('USD', { price: '2.5' }), invoice('CHF', { price: '10.02' }), invoice('CHF', { price: '10.03' }), invoice('CHF', { price: '0.02' })];
    assert.deepEqual(summarize(invoices.map(compute)), {
      count: 6,
      currencies: [
        { currency: 'CHF', count: 3, net: '20.07', tax: '0.00', rounding: '-0.02', total: '20.05' },
        { currency: 'JPY', count: 1, net: '100', tax: '0', rounding: '0', total: '100' },
        { currency: 'USD', count: 2, net: '3.50', tax: '0.10', rounding: '0.00', total: '3.60' },
      ],
    });
  });
});

test('the command writes other currencies and refuses unknown ones', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quill-'));
  const run = (given) => {
    const file = join(folder, 'invoice.json');
    writeFileSync(file, JSON.stringify(given));
    return spawnSync(process.execPath, [join(__dirname, '../bin/quill.js'), file], { encoding: 'utf8' });
  };
  assert.match(run(invoice('JPY', { price: '700' })).stdout, /Total +700\n$/);
  const refused = run(invoice('DOG', { price: '700' }));
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^quill: currency: /);
});
