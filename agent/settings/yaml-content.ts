/** What a YAML document holds, for every file of a user's. */
import type { Document } from 'yaml';

/**
 * A document as plain values. Its aliases are looked up now only: for one that is unknown, and for a bomb of them, it throws what
 * `refuse` makes of the library's words and of a way out.
 */
export function yamlContent(document: Document.Parsed, refuse: (what: string, hint: string) => Error): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const what = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw refuse(what.replace(/ at line \d+.*$/, ''), 'put a value that begins with * or & in quotes');
  }
}
