'use strict';

const { divideRounded } = require('./money.js');
const { readInvoice } = require('./schema.js');

function computeLine(line) {
  const gross = BigInt(line.quantity) * line.price;
  const net = divideRounded(gross * BigInt(1000 - line.discountTenths), 1000n);
  return { ...line, net };
}

function computeTaxes(lines) {
  const bases = new Map();
  for (const { tax, net } of lines) bases.set(tax, (bases.get(tax) ?? 0n) + net);
  return [...bases]
    .sort(([a], [b]) => a - b)
    .map(([rate, base]) => ({ rate, base, amount: divideRounded(base * BigInt(rate), 100n) }));
}

const sum = (amounts) => amounts.reduce((total, amount) => total + amount, 0n);

/** Works out an invoice: `{ number, lines, taxes, net, tax, total }`, with amounts in cents as BigInt. */
function compute(given) {
  const { number, lines: read } = readInvoice(given);
  const lines = read.map(computeLine);
  const taxes = computeTaxes(lines);
  const net = sum(lines.map((line) => line.net));
  const tax = sum(taxes.map(({ amount }) => amount));
  return { number, lines, taxes, net, tax, total: net + tax };
}

module.exports = { compute };
