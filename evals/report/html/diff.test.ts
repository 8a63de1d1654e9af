import { describe, expect, it } from 'vitest';
import { diffLines } from './diff.ts';

const PATCH = `diff --git a/x b/x
--- a/x
+++ b/x
@@ -1,3 +1,3 @@
 same
--- not a header
+++ nor this
`;

describe('diffLines', () => {
  it('tells headers, hunks, added and removed lines apart, also where they look alike', () => {
    const kinds = [...diffLines(PATCH, 9999).lines.markup.matchAll(/<span class="(\w+)">/g)].map(([, kind]) => kind);
    expect(kinds).toEqual(['file', 'file', 'file', 'hunk', 'removed', 'added']);
  });

  it('says how many lines have no room', () => {
    const { lines, left } = diffLines(PATCH, 120);
    expect(Buffer.byteLength(lines.markup)).toBeLessThanOrEqual(120);
    expect(left).toBe(7 - lines.markup.split('\n').length + 1);
    expect(diffLines(PATCH, 9999).left).toBe(0);
  });

  it('shows what would change how a line reads', () => {
    expect(diffLines('+if (a) { \u202e } \u2066// check\u2069', 999).lines.markup).toBe(
      '<span class="added">+if (a) { &lt;U+202E&gt; } &lt;U+2066&gt;// check&lt;U+2069&gt;</span>\n',
    );
  });
});
