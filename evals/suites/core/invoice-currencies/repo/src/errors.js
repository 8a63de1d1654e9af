'use strict';

/** What is wrong with an invoice, and where (`lines[2].price`). */
class InvoiceError extends Error {
  constructor(path, problem) {
    super(`${path}: ${problem}`);
    this.name = 'InvoiceError';
    this.path = path;
  }
}

module.exports = { InvoiceError };
