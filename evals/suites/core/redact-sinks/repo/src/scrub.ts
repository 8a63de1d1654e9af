import { readFileSync } from 'fs';
import { redactText } from './redact';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: scrub.js FILE\n');
  process.exitCode = 2;
} else {
  process.stdout.write(readFileSync(file, 'utf8').split('\n').map(redactText).join('\n'));
}
