'use strict';

const { formatAmount } = require('./money.js');

/** Adds up computed invoices: `{ count, net, tax, total }`, with amounts as decimal strings. */
function summarize(invoices) {
  const sums = { net: 0n, tax: 0n, total: 0n };
  for (const invoice of invoices) {
    for (const key of Object.keys(sums)) sums[key] += invoice[key];
  }
  return { count: invoices.length, net: formatAmount(sums.net), tax: formatAmount(sums.tax), total: formatAmount(sums.total) };
}

module.exports = { summarize };
