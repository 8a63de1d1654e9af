#!/usr/bin/env node
import { ConfigError, fileSource, loadConfig } from '../src/index.js';

const [folder, file, name] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: strata.js FOLDER FILE [NAME]\n');
  process.exit(2);
}
try {
  const { values } = loadConfig(file, { source: fileSource(folder) });
  if (name === undefined) {
    for (const key of Object.keys(values).sort()) process.stdout.write(`${key} = ${values[key]}\n`);
  } else if (Object.hasOwn(values, name)) {
    process.stdout.write(`${values[name]}\n`);
  } else {
    process.stderr.write(`strata: there is no setting ${name}\n`);
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`strata: ${error.message}\n`);
  process.exitCode = 1;
}
