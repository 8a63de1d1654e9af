/** `recall` for the tools of a run: over all that the session has said, and over the whole outputs that it keeps. */
import { isUtf8 } from 'node:buffer';
import { type RecallEntry, recall } from '../compaction/index.ts';
import { type Session, SessionError } from '../session/index.ts';
import { binaryKind, cleanOutput, type ToolContext } from '../tools/index.ts';
import { findPlaces } from './guard/find-places.ts';
import { entriesOf, wholeTitle } from './recall-entries.ts';

/** As much as other tools show at once: about 3,000 tokens. */
const MAX_BYTES = 12 * 1024;
/** Of a small window no more than about a tenth, in bytes for each of its tokens: what comes back must not push all else out. */
const BYTES_OF_WINDOW = 0.4;
const MIN_BYTES = 2048;

/** So much of whole outputs a search reads, in bytes, the newest first: all of it is in memory at once. */
const MAX_SEARCHED_BYTES = 64 * 1024 ** 2;

/** Makes it for a session. `redact` takes secrets out of a text that is about to be cut. */
export function createRecall(
  session: Pick<Session, 'state' | 'blobs'>,
  redact: (text: string) => string,
  maxSearchedBytes = MAX_SEARCHED_BYTES,
): ToolContext['recall'] {
  const wholeOf = async (handle: string, title: string): Promise<{ entry: RecallEntry; bytes: number } | null> => {
    try {
      const { bytes } = await session.blobs.read(handle);
      return { entry: { handle, title, ...contentOf(bytes, redact) }, bytes: bytes.length };
    } catch (error) {
      // A log may have come without its outputs.
      if (error instanceof SessionError && error.kind === 'missing_blob') return null;
      throw error;
    }
  };

  return async (query) => {
    const { history, model } = session.state();
    const said = entriesOf(history);
    const share = Math.floor((model?.contextWindow ?? Number.POSITIVE_INFINITY) * BYTES_OF_WINDOW);
    const options = { maxBytes: Math.min(MAX_BYTES, Math.max(MIN_BYTES, share)), findPlaces };
    if ('handle' in query) {
      const handle = query.handle.trim();
      const result = said.find(({ whole }) => whole === handle);
      const isWhole = handle.startsWith('out-');
      const found = isWhole ? await wholeOf(handle, result ? wholeTitle(result) : 'an output that was kept') : null;
      // Named where the handle that was asked for does not exist.
      const others = said.flatMap(({ whole }) =>
        whole && whole !== handle ? [{ handle: whole, title: '', text: '' }] : [],
      );
      return recall([...said, ...others, ...(found ? [found.entry] : [])], query, options);
    }
    const wholes = new Map<string, RecallEntry | null>();
    let left = maxSearchedBytes;
    let unsearched = 0;
    for (const result of said.toReversed()) {
      if (result.whole === undefined || result.isCopy || wholes.has(result.whole)) continue;
      const found = left > 0 ? await wholeOf(result.whole, wholeTitle(result)) : null;
      if (left <= 0) unsearched += 1;
      left -= found?.bytes ?? 0;
      wholes.set(result.whole, found?.entry ?? null);
    }
    const placed = new Set<string>();
    const entries = said.flatMap((entry) => {
      const whole = entry.whole === undefined || placed.has(entry.whole) ? undefined : wholes.get(entry.whole);
      if (whole) placed.add(whole.handle);
      return whole ? [entry, whole] : [entry];
    });
    return recall(entries, query, { ...options, unsearched });
  };
}

/** What was kept as text, as it looked when it was shown; or what it is, where that is no text. */
function contentOf(bytes: Buffer, redact: (text: string) => string): Pick<RecallEntry, 'text' | 'binary'> {
  const kind = isUtf8(bytes) ? null : binaryKind(bytes);
  if (kind !== null) return { text: '', binary: `${kind.name}, ${bytes.length} bytes` };
  const kept = bytes.toString('utf8');
  const text = cleanOutput(kept);
  // Secrets were taken out when it was kept. What was cleaned away may have stood inside one.
  return { text: text === kept ? text : redact(text) };
}
