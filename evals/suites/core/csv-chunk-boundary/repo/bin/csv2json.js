#!/usr/bin/env node
import { createReader } from '../src/index.js';

const reader = createReader({ header: true, skipEmptyLines: true });
reader.on('data', (record) => process.stdout.write(`${JSON.stringify(record)}\n`));
reader.on('error', (error) => {
  process.stderr.write(`csv2json: ${error.message}\n`);
  process.exitCode = 1;
});
process.stdin.pipe(reader);
