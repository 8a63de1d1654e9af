import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBranchName, isRefName } from './ref-name.ts';

const takenByGit = (name: string) => {
  try {
    execFileSync('git', ['check-ref-format', name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

test('no name is taken that git refuses', () => {
  const part = fc.constantFrom(
    'a',
    '/',
    '.',
    '..',
    '.lock',
    '@',
    '@{',
    '~',
    ' ',
    '\\',
    '-',
    '*',
    '\t',
    'é',
    '[',
    ':',
    '//',
  );
  const name = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `refs/${parts.join('')}`);
  fc.assert(
    fc.property(name, (text) => {
      expect({ text, taken: isRefName(text) }).toEqual({ text, taken: takenByGit(text) });
    }),
    { numRuns: 60 },
  );
});

test.each([
  '-rf',
  '--upload-pack=x',
  'HEAD',
  '',
  '/a',
  'a/',
  'a..b',
  'a b',
  '../x',
  'a\nb',
  'a\u202eb',
  'a\u200bb',
  'x'.repeat(300),
])('%j is no name of a branch', (name) => expect(isBranchName(name)).toBe(false));

test.each(['main', 'drydock/issue-7', 'größe', 'a-b_c.d', 'feature/#12', '$(id)'])('%j is one', (name) =>
  expect(isBranchName(name)).toBe(true),
);
