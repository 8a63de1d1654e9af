/** The trajectory of a trial in a page: its beginning and its end, where all of it has no room. */
import { SessionError, type SessionEvent } from '../../../session/index.ts';
import { counted } from '../words.ts';
import { type EntryRoom, entryOf } from './entry.ts';
import { type Html, html, raw, sizeOf } from './markup.ts';

/** The share of the room that is for the beginning: the task, and how it was gone about. The end tells why it came out so. */
const HEAD_SHARE = 0.5;

/** What one entry may take: a good part of all the room where that is little, so that there are several. */
function roomOf(max: number): EntryRoom {
  const of = (most: number) => Math.max(300, Math.min(most, max / 12));
  return { said: of(6000), result: of(4000) };
}

export type Trajectory = { entries: Html; shown: number; left: number; problem: string | null };

/**
 * Shows events in at most `max` bytes, and holds no more than that in memory, however long the log is. `problem`: what is wrong
 * with a log that breaks off.
 */
export async function trajectoryOf(events: AsyncIterable<SessionEvent>, max: number): Promise<Trajectory> {
  const room = roomOf(max);
  const head: Html[] = [];
  const tail: { piece: Html; size: number }[] = [];
  let headSize = 0;
  let tailSize = 0;
  let left = 0;
  let problem: string | null = null;
  try {
    for await (const event of events) {
      const piece = entryOf(event, room);
      if (piece === null) continue;
      const size = sizeOf(piece);
      if (tail.length === 0 && left === 0 && headSize + size <= max * HEAD_SHARE) {
        head.push(piece);
        headSize += size;
        continue;
      }
      tail.push({ piece, size });
      tailSize += size;
      while (headSize + tailSize > max) {
        tailSize -= tail.shift()?.size ?? 0;
        left += 1;
      }
    }
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    problem = error.message;
  }
  const gap = left === 0 ? null : html`<li class="gap">… ${counted(left, 'step')} left out …</li>\n`;
  const markup = [...head, ...(gap === null ? [] : [gap]), ...tail.map(({ piece }) => piece)].map(
    (piece) => piece.markup,
  );
  return { entries: raw(markup.join('')), shown: head.length + tail.length, left, problem };
}
