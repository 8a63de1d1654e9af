import { describe, expect, it } from 'vitest';
import { addedText, tooLarge } from './hand-over.ts';

describe('a change', () => {
  const files = [
    { path: 'a', added: 3, removed: 2 },
    { path: 'b', added: null, removed: null },
  ];
  it.each([
    [{}, null],
    [{ maxDiffLines: 5, maxDiffFiles: 2 }, null],
    [{ maxDiffLines: 4 }, '5 changed lines, at most 4'],
    [{ maxDiffFiles: 1 }, '2 files, at most 1'],
    [{ maxDiffLines: 1, maxDiffFiles: 1 }, '5 changed lines, at most 1; 2 files, at most 1'],
  ])('within %j is too large by: %s', (limits, over) => {
    expect(tooLarge(files, limits)).toBe(over);
  });

  it('adds the lines that its patch adds and the names of its files, and nothing that it takes away', () => {
    const patch = `diff --git a/old b/new
rename from old
rename to new
--- a/old
+++ b/new
@@ -1,2 +1,3 @@
 context
-removed
+added
+++ counter
diff --git a/x b/x
--- a/x
+++ b/x
@@ -1 +1 @@
-gone
+here
`;
    expect(addedText(patch)).toBe('new\nnew\nadded\n++ counter\nx\nhere');
  });
});
