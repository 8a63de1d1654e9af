/**
 * Regular expressions that a model writes, in a process of their own: V8 can neither be interrupted while it compiles an
 * expression (alternatives that may be empty, in a row, take it exponential time) nor by a thread that is ended.
 */
import { spawn } from 'node:child_process';
import { z } from 'zod';
import type { FindPlaces } from '../../compaction/index.ts';

/** So long one search may take, in milliseconds, with the process's start. */
const SEARCH_BUDGET_MS = 5000;

/** An expression, as JavaScript: the places as JSON, for `pattern`, `flags` and `texts`. */
export const PLACES = `JSON.stringify(texts.map((text) => {
  const expression = new RegExp(pattern, flags);
  const places = [];
  let lineEnd = -1;
  for (let at = 0; at <= text.length;) {
    expression.lastIndex = at;
    const found = expression.exec(text);
    if (found === null) break;
    places.push(found.index);
    if (found.index > lineEnd) lineEnd = text.indexOf('\\n', found.index);
    if (lineEnd === -1) lineEnd = text.length;
    // In a long line each place can be shown with what is around it.
    at = Math.max(found.index + found[0].length, Math.min(lineEnd + 1, found.index + 200));
  }
  return places;
}))`;

const PROGRAM = `const { pattern, flags, texts } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
process.stdout.write(${PLACES});`;

const schema = z.array(z.array(z.number()));

/** Kept apart from the rest of this process: it gets no variables of the environment, and is killed after the budget. */
export const findPlaces: FindPlaces = async (pattern, flags, texts) => {
  const child = spawn(process.execPath, ['-e', PROGRAM], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, SEARCH_BUDGET_MS);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  // One that was killed reads no further; how it ended says the rest.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify({ pattern, flags, texts }));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (isLate) return null;
    if (code !== 0) throw new Error(`the search for a pattern ended with code ${code}`);
    return schema.parse(JSON.parse(Buffer.concat(chunks).toString()));
  } finally {
    clearTimeout(timer);
  }
};
