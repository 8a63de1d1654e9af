/** Where the task's words come from: the argument, a file, or stdin. */
import { readFile } from 'node:fs/promises';
import { UsageError } from './errors.ts';

/** A task is words, not a data set; far more than this is a mistake in the command line. */
const MAX_TASK_BYTES = 1024 * 1024;
/** A stdin that is open but silent must not hang a headless run; a pipe that has something to say says it by then. */
const STDIN_SILENCE_MS = 5_000;

const HOW = 'give it as an argument, with --file FILE, or on stdin: drydock run "make the tests pass"';

/** Reads the task. stdin is touched only when there is neither an argument nor a file. Throws `UsageError`. */
export async function readTask(
  argument: string | undefined,
  file: string | undefined,
  stdin: NodeJS.ReadStream,
): Promise<string> {
  if (argument !== undefined && argument !== '-' && file !== undefined) {
    throw new UsageError('the task is given twice', 'leave out the argument or --file');
  }
  const text =
    file !== undefined
      ? await fromFile(file)
      : argument !== undefined && argument !== '-'
        ? argument
        : await fromStdin(stdin, argument === '-');
  if (text.includes('\0')) throw new UsageError('the task is not text: it contains NUL bytes');
  if (Buffer.byteLength(text) > MAX_TASK_BYTES) throw new UsageError('the task is longer than 1 MiB');
  if (text.trim() === '') throw new UsageError('the task is empty', HOW);
  return text.trim();
}

async function fromFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`the task file ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

function fromStdin(stdin: NodeJS.ReadStream, asked: boolean): Promise<string> {
  if (stdin.isTTY && !asked) throw new UsageError('no task', HOW);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const silence = stdin.isTTY
      ? undefined
      : setTimeout(() => {
          stdin.destroy();
          reject(new UsageError(`no task, and nothing came on stdin within ${STDIN_SILENCE_MS / 1000} s`, HOW));
        }, STDIN_SILENCE_MS);
    stdin.on('data', (chunk: Buffer) => {
      clearTimeout(silence);
      bytes += chunk.length;
      if (bytes <= MAX_TASK_BYTES) chunks.push(chunk);
    });
    stdin.on('error', reject);
    stdin.on('end', () => {
      clearTimeout(silence);
      resolve(bytes > MAX_TASK_BYTES ? 'x'.repeat(MAX_TASK_BYTES + 1) : Buffer.concat(chunks).toString('utf8'));
    });
  });
}
