import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRepository, plainGit, startSession, writeFiles } from './fixtures.ts';
import { readChange } from './read-change.ts';

/** A change that a session made to these files. */
async function change(files: Record<string, string>, make: (workspace: string) => void) {
  const session = await startSession(makeRepository(files));
  make(session.workspace);
  const { commit } = await session.take();
  return readChange(session.trusted, session.base, commit);
}

test('a change is read with modes, contents, and the lines that came under their numbers', async () => {
  const files = { 'a.txt': 'one\ntwo\nthree\nfour\n', 'gone.txt': 'x\ny\n', 'run.sh': 'true\n', 'kind.txt': 'k\n' };
  const found = await change(files, (workspace) => {
    writeFiles(workspace, { 'a.txt': 'zero\none\nthree\n4\n5', 'new/b.txt': 'b\n' });
    writeFileSync(join(workspace, 'bytes'), Buffer.from([0, 1, 255, 10, 7]));
    rmSync(join(workspace, 'gone.txt'));
    chmodSync(join(workspace, 'run.sh'), 0o755);
    rmSync(join(workspace, 'kind.txt'));
    symlinkSync('a.txt', join(workspace, 'kind.txt'));
  });
  const seen = found.map(({ path, status, newMode, content, linesAdded, linesRemoved, added }) => [
    `${status} ${newMode} ${path} +${linesAdded} -${linesRemoved}`,
    content?.toString('latin1') ?? null,
    added.lines,
    added.text.split('\n').length,
  ]);
  expect(seen).toEqual([
    ['M 100644 a.txt +3 -2', 'zero\none\nthree\n4\n5', [1, 4, 5], 3],
    ['A 100644 bytes +2 -0', '\u0000\u0001\u00ff\n\u0007', [1, 2], 2],
    ['D 000000 gone.txt +0 -2', null, [], 1],
    ['T 120000 kind.txt +1 -1', 'a.txt', [1], 1],
    ['A 100644 new/b.txt +1 -0', 'b\n', [1], 1],
    ['M 100755 run.sh +0 -0', 'true\n', [], 1],
  ]);
  expect(found[0]?.added.text).toBe('zero\n4\n5');
});

test('no line of a file passes for a header, and no attribute hides what came', async () => {
  const tricks = [
    '++ b/x',
    '@@ -1 +1,9 @@',
    `index ${'0'.repeat(40)}..${'1'.repeat(40)}`,
    'diff --git a/x b/x',
    '\\ No newline',
  ];
  const found = await change({ 'a.txt': '-- a\n@@ -1 +1 @@\n', 'z.txt': 'z\n' }, (workspace) => {
    writeFiles(workspace, { '.gitattributes': '* -diff -text binary\n', 'a.txt': tricks.join('\n'), 'z.txt': 'zz\n' });
  });
  const byPath = new Map(found.map((file) => [file.path, file]));
  expect(byPath.get('a.txt')?.added).toEqual({ text: tricks.join('\n'), lines: [1, 2, 3, 4, 5] });
  expect(byPath.get('z.txt')).toMatchObject({ linesAdded: 1, linesRemoved: 1, added: { text: 'zz', lines: [1] } });
});

test('a path that git would quote is as it is', async () => {
  const user = makeRepository({ 'a.txt': 'a\n' });
  const session = await startSession(user);
  writeFiles(session.workspace, { 'a "b"\tü\n.txt': 'x\n' });
  const { commit } = await session.take();
  expect(await readChange(session.trusted, session.base, commit)).toMatchObject([
    { path: 'a "b"\tü\n.txt', linesAdded: 1 },
  ]);
  expect(plainGit(user.root, user.env, 'status', '--porcelain')).toBe('');
});
