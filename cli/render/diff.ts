/** A patch, painted line by line. */
import { showControls } from '../../tools/index.ts';
import type { Paint } from './text.ts';

const HEADER = /^(index |--- |\+\+\+ |new file|deleted file|rename |similarity |old mode|new mode)/;

/**
 * Paints a unified diff. Takes the whole of it; what is not a diff line stays plain. Whoever reviews it must see all that
 * will be merged, so control characters become visible and nothing is left out.
 */
export function paintDiff(patch: string, paint: Paint): string {
  // Inside a hunk `--- x` is a removed line `-- x`, not a header.
  let inHunk = false;
  return patch
    .split('\n')
    .map((line) => {
      const text = showControls(line);
      if (text.startsWith('diff --git ')) inHunk = false;
      if (text.startsWith('diff --git ') || (!inHunk && HEADER.test(text))) return paint('bold', text);
      if (text.startsWith('@@')) {
        inHunk = true;
        return paint('cyan', text);
      }
      if (text.startsWith('+')) return paint('green', text);
      if (text.startsWith('-')) return paint('red', text);
      return text;
    })
    .join('\n');
}
