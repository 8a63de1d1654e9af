/** The files of an earlier turn stand in for those of the one that was asked for. */
import { tellUnsaved } from '../../agent/index.ts';
import type { Unsaved } from '../../session/index.ts';
import { withHint } from '../errors.ts';
import { painter } from './text.ts';

/** Says so on stderr; null: they do not. */
export function noteUnsaved(unsaved: Unsaved | null): void {
  if (unsaved === null) return;
  const paint = painter(process.stderr, process.env);
  process.stderr.write(`${paint('yellow', withHint(`note: ${tellUnsaved(unsaved)}`, ''))}\n`);
}
