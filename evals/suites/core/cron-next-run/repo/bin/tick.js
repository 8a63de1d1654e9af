#!/usr/bin/env node
'use strict';

const { nextRun, parse } = require('../src/index.js');

const [text, from, count = '1'] = process.argv.slice(2);
if (text === undefined) {
  process.stderr.write('usage: tick.js EXPRESSION [FROM [COUNT]]\n');
  process.exit(2);
}
try {
  const expression = parse(text);
  let at = from === undefined ? new Date() : new Date(from);
  for (let i = 0; i < Number(count); i++) {
    at = nextRun(expression, at);
    if (at === null) break;
    process.stdout.write(`${at.toISOString()}\n`);
  }
} catch (error) {
  process.stderr.write(`tick: ${error.message}\n`);
  process.exit(1);
}
