/** What the engine says while it builds or pulls: one JSON report a line, its failures among them. */
import { z } from 'zod';
import { SandboxError } from '../sandbox.ts';
import { message } from './container.ts';

const report = z.object({
  /** A line, or a part of it, of a build's output. */
  stream: z.string().optional(),
  /** What is done to a layer or an image, and to which. */
  status: z.string().optional(),
  id: z.string().optional(),
  errorDetail: z.object({ message: z.string() }).optional(),
  error: z.string().optional(),
});

/** `failed` is set where the engine reports a failure, inside a stream that itself ends well. */
export type Report = { said: string; status: string; id: string; failed: string | null };

/** Reads reports as they come. Throws `SandboxError` for what is none. */
export async function* readReports(stream: AsyncIterable<unknown>): AsyncGenerator<Report> {
  let rest = '';
  for await (const chunk of stream) {
    rest += String(chunk);
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield* parse(line);
  }
  yield* parse(rest);
}

function* parse(line: string): Generator<Report> {
  if (line.trim() === '') return;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new SandboxError('build_failed', `the engine's report is not JSON: ${message(error)}`);
  }
  const { data } = report.safeParse(value);
  if (data === undefined) return;
  const { stream = '', status = '', id = '', errorDetail, error } = data;
  yield { said: stream.trim(), status, id, failed: (errorDetail?.message ?? error)?.trim() ?? null };
}

/** Whether the engine's words mean that an image could not be had from its registry. */
export function isFetchFailure(words: string): boolean {
  return /pull access denied|manifest unknown|not found: manifest|dial tcp|no such host|i\/o timeout|lookup |TLS handshake/.test(
    words,
  );
}

/** Lets a promise be left behind when the signal is aborted: it then rejects at once with `SandboxError`. */
export function orGivenUp<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => reject(new SandboxError('lost', `${what} was given up`));
    if (signal.aborted) {
      giveUp();
      return;
    }
    signal.addEventListener('abort', giveUp, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', giveUp));
  });
}
