import { writeSync } from 'fs';
import { simulate } from './simulation';

const args = process.argv.slice(2);
const seed = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 8);
const lines: string[] = [];
const audit = simulate({ seed, write: args.includes('--quiet') ? undefined : (line) => lines.push(line) });
const fields = Object.entries(audit).map(([name, value]) => `${name}=${value}`);
const output = Buffer.from(`${lines.join('')}audit: ${fields.join(' ')}\n`);
// Synchronously: a pipe would otherwise lose what it has not taken yet when the process ends.
for (let offset = 0; offset < output.length; ) {
  try {
    offset += writeSync(1, output, offset);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EPIPE') break;
    if (code !== 'EAGAIN') throw error;
  }
}
process.exitCode = audit.diverged > 0 || audit.lost > 0 ? 1 : 0;
