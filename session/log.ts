/** Reading a log: lines, events, and what is wrong with them. */
import { createReadStream } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errorCode, SessionError } from './errors.ts';
import { parseEvent, type SessionEvent } from './events.ts';

const LF = 0x0a;

/** Large enough to read 100 MB in few steps, small enough that a list of sessions reads little of each. */
const CHUNK_BYTES = 256 * 1024;

/** An event and the byte after its line. */
export type LoggedEvent = { event: SessionEvent; end: number };

/** The log's file in a session's folder. */
export function eventsFile(dir: string): string {
  return join(dir, 'events.jsonl');
}

/**
 * The events of the session in `dir`, in order, without taking its lock: what is being written is seen up to its last
 * whole line. Throws `SessionError`: `not_found`, `corrupt`, `newer_version`, `io`.
 */
export async function* readEvents(dir: string): AsyncGenerator<SessionEvent> {
  for await (const { event } of readLog(eventsFile(dir))) yield event;
}

/** The events of a log file with their places in bytes; a torn last line is left out. Throws as `readEvents`. */
export async function* readLog(path: string): AsyncGenerator<LoggedEvent> {
  // Without `fatal`, bytes that are not UTF-8 would be replaced in silence.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  for await (const { bytes, end } of readLines(path)) {
    number += 1;
    yield { event: eventOf(bytes, number, path, decoder), end };
  }
}

function eventOf(bytes: Buffer, number: number, path: string, decoder: InstanceType<typeof TextDecoder>): SessionEvent {
  let line: string;
  try {
    line = decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw damaged(path, number, 'not UTF-8');
    throw error;
  }
  const event = parseEvent(line);
  if ('problem' in event) {
    if (!event.newer) throw damaged(path, number, event.problem);
    throw new SessionError('newer_version', `${place(path, number)}: ${event.problem}`, 'Update Drydock.');
  }
  if (event.seq !== number) throw damaged(path, number, `seq is ${event.seq}`);
  if ((event.type === 'session.created') !== (number === 1)) throw damaged(path, number, `${event.type} out of place`);
  return event;
}

function place(path: string, number: number): string {
  return `session ${basename(dirname(path))}: line ${number} of ${basename(path)}`;
}

function damaged(path: string, number: number, problem: string): SessionError {
  const hint =
    number === 1
      ? `Nothing can be read without it: restore ${path} from a copy, or remove the session's folder.`
      : `Restore ${path} from a copy, or keep only what comes before: head -n ${number - 1} of it, in its place.`;
  return new SessionError('corrupt', `${place(path, number)} is damaged: ${problem}`, hint);
}

/** The whole lines of a file, split at LF only. The bytes hold no LF; `end` is the offset after it. */
async function* readLines(path: string): AsyncGenerator<{ bytes: Buffer; end: number }> {
  let parts: Buffer[] = [];
  let offset = 0;
  const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  try {
    for await (const chunk of stream) {
      let start = 0;
      for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, start)) {
        const bytes = chunk.subarray(start, at);
        yield { bytes: parts.length === 0 ? bytes : Buffer.concat([...parts, bytes]), end: offset + at + 1 };
        parts = [];
        start = at + 1;
      }
      if (start < chunk.length) parts.push(chunk.subarray(start));
      offset += chunk.length;
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    if (code === 'ENOENT') throw new SessionError('not_found', `no session log at ${path}`, 'Check the session id.');
    throw new SessionError('io', `cannot read ${path}: ${code}`, 'Check access to it.', { cause: error });
  }
}
