'use strict';

const { DAYS, FIELDS, MONTHS } = require('./fields.js');

function nameOf(field, value) {
  if (field === 'month') return MONTHS[value - 1];
  if (field === 'dayOfWeek') return DAYS[value];
  return String(value);
}

/** One line that tells the values of every field that restricts something. */
function describe(expression) {
  const parts = [];
  for (const { name } of FIELDS) {
    const { values, restricted } = expression[name];
    if (restricted) parts.push(`${name}=${values.map((value) => nameOf(name, value)).join(',')}`);
  }
  return parts.length === 0 ? 'every minute' : parts.join(' ');
}

module.exports = { describe };
