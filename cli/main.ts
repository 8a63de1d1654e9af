#!/usr/bin/env node
/** The entry: answers `--version` at once, and loads everything else only when it is needed. */
import { enableCompileCache } from 'node:module';
import { VERSION } from './version.ts';

/** Ends the process with `code` once all that was printed is out, whatever handles are still open. */
function exit(code: number): void {
  process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
}

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  console.log(VERSION);
} else {
  enableCompileCache();
  // No top-level await: the bundle's other chunks may import this one, and would wait for it for ever.
  void import('./program.ts').then(({ main }) => main(argv)).then(exit);
}
