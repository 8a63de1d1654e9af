'use strict';

const AMOUNT = /^(-?)(\d{1,12})(?:\.(\d{1,2}))?$/;

/** Reads a decimal string as cents. */
function parseAmount(text) {
  const match = typeof text === 'string' ? AMOUNT.exec(text) : null;
  if (match === null) throw new RangeError(`not an amount: ${JSON.stringify(text)}`);
  const cents = BigInt(match[2]) * 100n + BigInt((match[3] ?? '').padEnd(2, '0'));
  return match[1] === '-' ? -cents : cents;
}

/** Cents as a decimal string with two places. */
function formatAmount(cents) {
  const sign = cents < 0n ? '-' : '';
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0');
  return `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** A quotient rounded to a whole number, halves away from zero; the divisor is above zero. */
function divideRounded(dividend, divisor) {
  const half = divisor / 2n;
  return dividend < 0n ? -((-dividend + half) / divisor) : (dividend + half) / divisor;
}

module.exports = { divideRounded, formatAmount, parseAmount };
