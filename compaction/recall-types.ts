/** What `recall` looks through, what it is asked, and what it answers. */
import type { Json } from '../models/index.ts';

/** A prompt, a notice, a message of the model, the result of a call, or the whole of an output that was clipped. */
export type RecallEntry = {
  /** `m12` for an item of the session, `m12.1` for the result of its first call, `out-…` for a whole output. */
  handle: string;
  /** One line, e.g. `result of read_file src/a.ts`. */
  title: string;
  text: string;
  /** Found by its handle only: it repeats what other entries hold, as the results of earlier recalls do. */
  isCopy?: boolean;
  /** The handle of the whole of what this one shows clipped. */
  whole?: string;
  /** What it holds where that is no text, e.g. `PNG image, 512 bytes`. */
  binary?: string;
};

/** `offset`: characters into the text of a handle, or matches of a search to pass over. */
export type RecallQuery = ({ handle: string } | { pattern: string } | { words: string }) & { offset: number };

/** `text` is for the model, `details` for the log. */
export type RecallAnswer = { text: string; isError: boolean; details: { [key: string]: Json } };

/**
 * Where a regular expression fits in each of the texts: positions in ascending order, at most one for a line, and in a
 * long line at most one in a few hundred characters. Null: it took too long. It gets valid expressions only.
 */
export type FindPlaces = (pattern: string, flags: string, texts: readonly string[]) => Promise<number[][] | null>;

/** How an answer is made. */
export type RecallOptions = {
  /** Of the answer's text; at least `LEAST_BYTES`. */
  maxBytes: number;
  findPlaces: FindPlaces;
  /** How many older whole outputs are not among the entries of a search; by default 0. */
  unsearched?: number;
};

/** So much is needed to show one match with what is around it, in bytes. */
export const LEAST_BYTES = 1024;

/** What stands at an answer's end has room in this, in bytes. */
export const NOTE_BYTES = 256;

/** An answer that says what was wrong and what to try. */
export function refusal(error: string, text: string): RecallAnswer {
  return { text, isError: true, details: { error } };
}
