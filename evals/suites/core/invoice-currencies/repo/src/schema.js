'use strict';

const { InvoiceError } = require('./errors.js');
const { parseAmount } = require('./money.js');

function check(path, condition, problem) {
  if (!condition) throw new InvoiceError(path, problem);
}

function readAmount(path, text) {
  try {
    return parseAmount(text);
  } catch (error) {
    throw new InvoiceError(path, error.message);
  }
}

function readLine(line, i) {
  const path = `lines[${i}]`;
  check(`${path}.title`, typeof line.title === 'string' && line.title !== '', 'must be a text');
  check(`${path}.quantity`, Number.isSafeInteger(line.quantity) && line.quantity > 0, 'must be a whole number above 0');
  const price = readAmount(`${path}.price`, line.price);
  const tax = line.tax ?? 0;
  check(`${path}.tax`, Number.isInteger(tax) && tax >= 0 && tax <= 100, 'must be a whole number from 0 to 100');
  const discount = line.discount ?? 0;
  const tenths = Math.round(discount * 10);
  check(`${path}.discount`, typeof discount === 'number' && tenths >= 0 && tenths <= 1000 && tenths / 10 === discount, 'must be from 0 to 100, with one decimal at most');
  return { title: line.title, quantity: line.quantity, price, tax, discountTenths: tenths };
}

/** Checks an invoice as it was given and reads its amounts. Throws an InvoiceError. */
function readInvoice(given) {
  check('number', typeof given.number === 'string' && given.number !== '', 'must be a text');
  check('lines', Array.isArray(given.lines) && given.lines.length > 0, 'must have at least one line');
  return { number: given.number, lines: given.lines.map(readLine) };
}

module.exports = { readInvoice };
