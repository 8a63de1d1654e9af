'use strict';

const { formatAmount } = require('../money.js');

const quote = (text) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

/** The lines of an invoice as CSV. */
function renderCsv(invoice) {
  const rows = [['invoice', 'title', 'quantity', 'price', 'discount', 'tax', 'net']];
  for (const line of invoice.lines) {
    rows.push([
      invoice.number,
      line.title,
      String(line.quantity),
      formatAmount(line.price),
      String(line.discountTenths / 10),
      String(line.tax),
      formatAmount(line.net),
    ]);
  }
  return rows.map((row) => `${row.map(quote).join(',')}\n`).join('');
}

module.exports = { renderCsv };
