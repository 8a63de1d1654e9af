#!/usr/bin/env node
'use strict';

const { readFileSync } = require('node:fs');
const { InvoiceError, compute, renderCsv, renderJson, renderText } = require('../src/index.js');

const FORMATS = { csv: renderCsv, json: renderJson, text: renderText };

const [file, format = 'text'] = process.argv.slice(2);
if (file === undefined || !Object.hasOwn(FORMATS, format)) {
  process.stderr.write('usage: quill.js FILE [text|csv|json]\n');
  process.exit(2);
}
try {
  process.stdout.write(FORMATS[format](compute(JSON.parse(readFileSync(file, 'utf8')))));
} catch (error) {
  if (!(error instanceof InvoiceError)) throw error;
  process.stderr.write(`quill: ${error.message}\n`);
  process.exitCode = 1;
}
