import { readFileSync } from 'fs';
import { playScript } from './script';

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: play.js FILE\n');
  process.exitCode = 2;
} else {
  process.stdout.write(playScript(readFileSync(file, 'utf8')));
}
