'use strict';

const { formatAmount } = require('../money.js');

const WIDTH = 56;

function row(left, right) {
  const space = Math.max(1, WIDTH - left.length - right.length);
  return `${left}${' '.repeat(space)}${right}\n`;
}

/** An invoice for people. */
function renderText(invoice) {
  let text = `Invoice ${invoice.number}\n${'='.repeat(WIDTH)}\n`;
  for (const { title, quantity, price, discountTenths, net } of invoice.lines) {
    const discount = discountTenths > 0 ? ` less ${discountTenths / 10} %` : '';
    text += row(`${title}, ${quantity} x ${formatAmount(price)}${discount}`, formatAmount(net));
  }
  text += `${'-'.repeat(WIDTH)}\n`;
  text += row('Net', formatAmount(invoice.net));
  for (const { rate, base, amount } of invoice.taxes) text += row(`Tax ${rate} % of ${formatAmount(base)}`, formatAmount(amount));
  return text + row('Total', formatAmount(invoice.total));
}

module.exports = { renderText };
