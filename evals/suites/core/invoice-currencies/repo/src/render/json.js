'use strict';

const { formatAmount } = require('../money.js');

/** An invoice as JSON; amounts are decimal strings. */
function renderJson(invoice) {
  const plain = {
    number: invoice.number,
    lines: invoice.lines.map(({ title, quantity, price, net }) => ({
      title,
      quantity,
      price: formatAmount(price),
      net: formatAmount(net),
    })),
    taxes: invoice.taxes.map(({ rate, base, amount }) => ({ rate, base: formatAmount(base), amount: formatAmount(amount) })),
    net: formatAmount(invoice.net),
    tax: formatAmount(invoice.tax),
    total: formatAmount(invoice.total),
  };
  return `${JSON.stringify(plain, null, 2)}\n`;
}

module.exports = { renderJson };
