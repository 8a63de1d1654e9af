'use strict';

const { CronError } = require('./errors.js');

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** The fields in the order in which they stand in an expression. */
const FIELDS = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'dayOfMonth', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'dayOfWeek', min: 0, max: 7, names: DAYS, wrap: 7 },
];

function parseValue(field, text) {
  if (field.names) {
    const index = field.names.indexOf(text.toLowerCase());
    if (index >= 0) return index + field.min;
  }
  if (!/^\d{1,2}$/.test(text)) throw new CronError(`${field.name}: ${JSON.stringify(text)} is not a value`);
  const value = Number(text);
  if (value < field.min || value > field.max) {
    throw new CronError(`${field.name}: ${value} is not between ${field.min} and ${field.max}`);
  }
  return field.wrap === undefined ? value : value % field.wrap;
}

function parseRange(field, text) {
  if (text === '*') return [field.min, field.wrap === undefined ? field.max : field.wrap - 1];
  const dash = text.indexOf('-');
  if (dash < 0) {
    const value = parseValue(field, text);
    return [value, value];
  }
  const from = parseValue(field, text.slice(0, dash));
  const to = parseValue(field, text.slice(dash + 1));
  if (from > to) throw new CronError(`${field.name}: the range ${text} goes backwards`);
  return [from, to];
}

function parsePart(field, text) {
  const slash = text.indexOf('/');
  const [from, to] = parseRange(field, slash < 0 ? text : text.slice(0, slash));
  let step = 1;
  if (slash >= 0) {
    const digits = text.slice(slash + 1);
    if (!/^[1-9]\d?$/.test(digits)) throw new CronError(`${field.name}: ${JSON.stringify(digits)} is not a step`);
    step = Number(digits);
  }
  const values = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}

/** The values of one field as a sorted array, and whether the field restricts anything. */
function parseField(field, text) {
  const values = new Set();
  for (const part of text.split(',')) {
    for (const value of parsePart(field, part)) values.add(value);
  }
  return { values: [...values].sort((a, b) => a - b), restricted: !text.startsWith('*') };
}

module.exports = { FIELDS, MONTHS, DAYS, parseField };
