/** What a commit changes, as the rules for changes see it. */
import type { ChangedFile } from '../sandbox/index.ts';
import type { ChangeEntry } from './change.ts';

/** Text has no NUL; all else that is not UTF-8 is some older encoding of it. */
export const isText = (content: Buffer): boolean => !content.includes(0);

const isLink = (mode: string) => mode === '120000';

/** The entry of a file that was changed. */
export function entryOf(file: ChangedFile): ChangeEntry {
  const { path, status, oldMode, newMode, content, linesAdded, linesRemoved } = file;
  return {
    ...{ path, status, oldMode, newMode, linesAdded, linesRemoved },
    bytes: content?.length ?? 0,
    binary: content !== null && !isText(content),
    target: content !== null && isLink(newMode) ? content.toString() : null,
  };
}
