'use strict';

const { CronError } = require('./errors.js');
const { FIELDS, parseField } = require('./fields.js');

const MACROS = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
};

/** Reads an expression; the result has one entry for each field, and the text it came from. */
function parse(text) {
  const source = text.trim();
  const expanded = source.startsWith('@') ? MACROS[source.toLowerCase()] : source;
  if (expanded === undefined) throw new CronError(`${source} is not a macro`);
  const parts = expanded.split(/\s+/);
  if (parts.length !== FIELDS.length) {
    throw new CronError(`an expression has ${FIELDS.length} fields, this one has ${parts.length}`);
  }
  const expression = { source };
  FIELDS.forEach((field, i) => {
    expression[field.name] = parseField(field, parts[i]);
  });
  return expression;
}

module.exports = { parse };
