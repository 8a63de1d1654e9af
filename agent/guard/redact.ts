/** Takes secrets out of text before it goes to a provider, the log or a file of the session. */
import { isUtf8 } from 'node:buffer';
import type { Json } from '../../models/index.ts';
import { finder } from './patterns.ts';
import type { Guard } from './schema.ts';
import { replaceKeyEnds, SECRET_PATTERNS, secretValues } from './secrets.ts';

/** What stands for a secret names its kind, so that the model knows what it does not see. */
const placeholder = (kind: string) => `[redacted: ${kind}]`;
const PLACEHOLDER = /\[redacted: ([A-Za-z0-9][A-Za-z0-9 _.-]{0,120})\]/g;

/** Where an expression of the user took too long the text is kept back: it may hold what the expression is for. */
export const WITHHELD = '[withheld: an expression under guard.secrets took too long on this text]';

export type Redactor = {
  /** The same text without secrets, with as many lines. The same text always gives the same. */
  text(text: string): string;
  bytes(bytes: Buffer): Buffer;
  json(value: Json): Json;
};

/** Leaves everything as it is: for a user who has switched it off. */
const NO_REDACTOR: Redactor = { text: (text) => text, bytes: (bytes) => bytes, json: (value) => value };

/** Makes the redactor of a run. `env` is the user's environment, whose keys must never go out. */
export function createRedactor(guard: Guard, env: Readonly<Record<string, string | undefined>>): Redactor {
  if (!guard.redact) return NO_REDACTOR;
  const values = secretValues(env);
  const own = Object.entries(guard.secrets);
  const find = own.length === 0 ? null : finder(own.map(([, expression]) => expression));

  const ofUser = (text: string): string => {
    if (find === null || text === '') return text;
    const found = find(text);
    if (found === null) return keepLines(WITHHELD, text);
    const spans = found
      .flatMap((each, index) => each.map(([start, end]) => ({ start, end, kind: own[index]?.[0] ?? '' })))
      .sort((a, b) => a.start - b.start || b.end - a.end);
    let result = '';
    let at = 0;
    for (const { start, end, kind } of spans) {
      if (start < at) continue;
      result += text.slice(at, start) + keepLines(placeholder(kind), text.slice(start, end));
      at = end;
    }
    return result + text.slice(at);
  };

  const byValue = (text: string): string => {
    let result = text;
    for (const { kind, value } of values) {
      if (result.includes(value)) result = result.replaceAll(value, () => keepLines(placeholder(kind), value));
    }
    return result;
  };
  const byShape = (text: string): string => {
    let result = text;
    for (const { kind, pattern } of SECRET_PATTERNS) {
      result = result.replace(pattern, (secret) => keepLines(placeholder(kind), secret));
    }
    return replaceKeyEnds(result, (secret) => keepLines(placeholder('private key'), secret));
  };
  const text = (whole: string): string => [byValue, ofUser, byShape].reduce(apart, whole);

  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value);
    if (Array.isArray(value)) return value.map(json);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, json(inner)]));
  };
  return {
    text,
    json,
    bytes(bytes) {
      // One character for each byte, so that all else stays as it is.
      const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
      const before = bytes.toString(encoding);
      const after = text(before);
      return after === before ? bytes : Buffer.from(after, encoding);
    },
  };
}

/** Changes what lies between placeholders, so that none is replaced by another. */
function apart(text: string, change: (part: string) => string): string {
  if (!text.includes('[redacted: ')) return change(text);
  let result = '';
  let at = 0;
  for (const { 0: mark, index } of text.matchAll(PLACEHOLDER)) {
    result += change(text.slice(at, index)) + mark;
    at = index + mark.length;
  }
  return result + change(text.slice(at));
}

/** Line numbers behind a secret of several lines stay right. */
function keepLines(mark: string, secret: string): string {
  return mark + '\n'.repeat(secret.split('\n').length - 1);
}

/** How many secrets of each kind have been taken out of a text. */
export function countRedacted(text: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, kind = ''] of text.matchAll(PLACEHOLDER)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The first placeholder in any text of a call's arguments; null: there is none. */
export function placeholderIn(value: unknown): string | null {
  if (typeof value === 'string') return value.match(PLACEHOLDER)?.[0] ?? null;
  if (typeof value !== 'object' || value === null) return null;
  for (const inner of Object.values(value)) {
    const found = placeholderIn(inner);
    if (found !== null) return found;
  }
  return null;
}
