'use strict';

const { compute } = require('./compute.js');
const { InvoiceError } = require('./errors.js');
const { renderCsv } = require('./render/csv.js');
const { renderJson } = require('./render/json.js');
const { renderText } = require('./render/text.js');
const { summarize } = require('./summary.js');

module.exports = { InvoiceError, compute, renderCsv, renderJson, renderText, summarize };
