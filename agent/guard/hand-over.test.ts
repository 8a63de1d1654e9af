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
    const patch = `diff --git a/new b/new
--- a/new
+++ b/new
@@ -1,2 +1,3 @@
 context
-removed
-diff --git a/y b/y
+added
+++ counter
diff --git a/x b/x
--- a/x
+++ b/x
@@ -1 +1 @@
-gone
+here
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-gone
`;
    expect(addedText(patch)).toBe('new\nadded\n++ counter\nx\nhere');
  });

  it.each([
    [
      'an empty file',
      'diff --git a/DO NOT MERGE b/DO NOT MERGE\nnew file mode 100644\nindex 000..e69\n',
      'DO NOT MERGE',
    ],
    [
      'a binary file',
      'diff --git a/x b.bin b/x b.bin\nnew file mode 100644\nGIT binary patch\nliteral 2\n+c\n',
      'x b.bin',
    ],
    ['a mode', 'diff --git a/d/x b/d/x\nold mode 100644\nnew mode 100755\n', 'd/x'],
    ['an empty file that goes', 'diff --git a/x b/x\ndeleted file mode 100644\nindex e69..000\n', ''],
    ['a name in quotes', String.raw`diff --git "a/\"\t\\\033é" "b/\"\t\\\033é"`, '"\t\\\x1bé'],
  ])('has the name of a file that has no lines: %s', (_, patch, name) => {
    expect(addedText(patch)).toBe(name);
  });
});
