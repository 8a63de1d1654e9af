import { describe, expect, it } from 'vitest';
import { paintDiff } from './diff.ts';

/** Shows which style was asked for. */
const paint = (style: unknown, text: string) => `<${style}>${text}</>`;

describe('a painted diff', () => {
  it('marks headers, hunks, additions and removals, and leaves context plain', () => {
    const patch = `diff --git a/x b/x
index 1..2 100644
--- a/x
+++ b/x
@@ -1,2 +1,2 @@ f()
 same
-old
+new
\\ No newline at end of file
`;
    expect(paintDiff(patch, paint)).toBe(`<bold>diff --git a/x b/x</>
<bold>index 1..2 100644</>
<bold>--- a/x</>
<bold>+++ b/x</>
<cyan>@@ -1,2 +1,2 @@ f()</>
 same
<red>-old</>
<green>+new</>
\\ No newline at end of file
`);
  });

  it('holds nothing that a terminal would act on', () => {
    expect(paintDiff('+\x1b]52;c;AAAA\x07x\u202ey', paint)).toBe('<green>+␛]52;c;AAAA␇x<U+202E>y</>');
  });

  it('hides no code behind an escape sequence, on one line or over several', () => {
    const hiding = (start: string, end: string) => `+/*${start}*/ evil();\n+more(); /*${end}*/`;
    for (const [start, end] of [
      ['\x1b]', '\x07'],
      ['\x1bP', '\x1b\\'],
      ['\x1b[8m', '\x1b[m'],
      ['\x9d', '\x9c'],
    ] as const) {
      const shown = paintDiff(hiding(start, end), (_, text) => text);
      expect(shown).toContain('*/ evil();\n+more(); /*');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
      expect(shown).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/);
    }
    expect(paintDiff('+ok() \x1b]*/ evil() /*\x07', (_, text) => text)).toBe('+ok() ␛]*/ evil() /*␇');
  });

  it('tells a removed line that begins with dashes from a header', () => {
    const patch = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- a comment\n+++ another\n';
    expect(paintDiff(patch, paint).split('\n').slice(4, 6)).toEqual(['<red>--- a comment</>', '<green>+++ another</>']);
  });
});
