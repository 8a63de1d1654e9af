/** A patch, painted line by line. */
import { type Paint, printable } from './text.ts';

/** Paints a unified diff. Takes the whole of it; what is not a diff line stays plain. */
export function paintDiff(patch: string, paint: Paint): string {
  return patch
    .split('\n')
    .map((line) => {
      const text = printable(line);
      if (/^(diff --git |index |--- |\+\+\+ |new file|deleted file|rename |similarity |old mode|new mode)/.test(text)) {
        return paint('bold', text);
      }
      if (text.startsWith('@@')) return paint('cyan', text);
      if (text.startsWith('+')) return paint('green', text);
      if (text.startsWith('-')) return paint('red', text);
      return text;
    })
    .join('\n');
}
