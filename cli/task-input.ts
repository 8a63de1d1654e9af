/** Where the task's words come from: the argument, a file, or stdin. */
import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { UsageError } from './errors.ts';

/** A task is words, not a data set; far more than this is a mistake in the command line. */
const MAX_TASK_BYTES = 1024 * 1024;
/** A stdin that is open but silent must not hang a headless run; a pipe that has something to say says it by then. */
const STDIN_SILENCE_MS = 5_000;

const HOW = 'give it as an argument, with --file FILE, or on stdin: drydock run "make the tests pass"';

/** What is read of stdin; `isTTY` where a person sits at it. */
export type TaskSource = Readable & { isTTY?: boolean };

/** Reads the task. stdin is touched only when there is neither an argument nor a file. Throws `UsageError`. */
export async function readTask(
  argument: string | undefined,
  file: string | undefined,
  stdin: TaskSource,
): Promise<string> {
  if (argument !== undefined && file !== undefined) {
    throw new UsageError('the task is given twice', 'leave out the argument or --file');
  }
  const bytes =
    file !== undefined
      ? await fromFile(file)
      : argument !== undefined && argument !== '-'
        ? Buffer.from(argument)
        : await fromStdin(stdin, argument === '-');
  if (bytes.length > MAX_TASK_BYTES) throw tooLong();
  // Without the check, bytes of another encoding would be replaced in silence.
  if (!isUtf8(bytes) || bytes.includes(0)) throw new UsageError('the task is not UTF-8 text', 'save it as UTF-8');
  const text = bytes.toString('utf8').trim();
  if (text === '') throw new UsageError('the task is empty', HOW);
  return text;
}

async function fromFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw unreadable(`the task file ${path}`, error);
  }
}

function fromStdin(stdin: TaskSource, asked: boolean): Promise<Buffer> {
  if (stdin.isTTY && !asked) throw new UsageError('no task', HOW);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const giveUp = (error: UsageError) => {
      stdin.destroy();
      reject(error);
    };
    const silence = stdin.isTTY
      ? undefined
      : setTimeout(
          () => giveUp(new UsageError(`no task, and nothing came on stdin within ${STDIN_SILENCE_MS / 1000} s`, HOW)),
          STDIN_SILENCE_MS,
        );
    stdin.on('data', (chunk: Buffer) => {
      clearTimeout(silence);
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes > MAX_TASK_BYTES) giveUp(tooLong());
    });
    stdin.on('error', (error) => {
      clearTimeout(silence);
      reject(unreadable('stdin', error));
    });
    stdin.on('end', () => {
      clearTimeout(silence);
      resolve(Buffer.concat(chunks));
    });
  });
}

function tooLong(): UsageError {
  return new UsageError('the task is longer than 1 MiB', 'put the data into the repository and name the file');
}

function unreadable(what: string, error: unknown): UsageError {
  return new UsageError(`${what} cannot be read: ${error instanceof Error ? error.message : error}`);
}
