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
    expect(paintDiff('+\x1b]52;c;AAAA\x07x\u202ey', paint)).toBe('<green>+xy</>');
  });

  it('tells a removed line that begins with dashes from a header', () => {
    const patch = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- a comment\n+++ another\n';
    expect(paintDiff(patch, paint).split('\n').slice(4, 6)).toEqual(['<red>--- a comment</>', '<green>+++ another</>']);
  });
});
