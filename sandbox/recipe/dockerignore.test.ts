import { expect, it } from 'vitest';
import { parseDockerignore } from './dockerignore.ts';

it.each([
  ['node_modules', ['node_modules', 'node_modules/a/b'], ['src/node_modules', 'node_modules2']],
  ['/build/', ['build/x'], ['a/build']],
  ['*.log', ['a.log', '.log'], ['logs/a.log', 'a.log.txt']],
  ['**/*.log', ['a.log', 'x/y/a.log'], ['a.logs']],
  ['**/dist', ['dist/a', 'x/dist/a'], ['distant']],
  ['a/**/z', ['a/z', 'a/b/c/z/q'], ['a/b', 'b/a/z']],
  ['temp?', ['temp1', 'tempx/a'], ['temp', 'temp12']],
  ['[a-c]*.txt', ['a.txt', 'cat.txt'], ['dog.txt']],
  ['[^a-c].txt', ['d.txt'], ['a.txt']],
  ['a\\*b', ['a*b'], ['axb']],
  ['*\n!keep\n!docs/*.md', ['a', 'docs/a.txt'], ['keep', 'keep/this', 'docs/a.md']],
  ['# a comment\n\n  spaced  \n.', ['spaced'], ['a', '# a comment']],
  ['docs\n!docs/README.md\ndocs/README.md', ['docs/README.md'], ['a']],
  ['**', ['a', 'a/b'], []],
])('%j', (text, ignored, kept) => {
  const isIgnored = parseDockerignore(text);
  expect([...ignored, ...kept].filter(isIgnored)).toEqual(ignored);
});

it('nothing is ignored by an empty file', () => {
  expect(['a', '.git'].filter(parseDockerignore(''))).toEqual([]);
});

it('a hostile pattern costs no more than its length times the path’s', () => {
  const stars = parseDockerignore(`${'*a'.repeat(2000)}b\n${'**/'.repeat(500)}x`);
  expect(stars('a'.repeat(4000))).toBe(false);
  expect(stars('a/'.repeat(1000))).toBe(false);
});
