/** What a YAML file holds. */
import type { Document } from 'yaml';
import { TaskError } from './task.ts';

/** A document as plain values. Its aliases are looked up now only; throws `TaskError` for one that is unknown, and a bomb of them. */
export function yamlContent(document: Document.Parsed, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const what = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new TaskError(
      `${where}: ${what.replace(/ at line \d+.*$/, '')}`,
      'put a value that begins with * or & in quotes',
    );
  }
}
