/** A sample of the corpus of hostile inputs, the cheapest that tell the most; `npm run test:bot` plays all of it. */
import { expect, it, vi } from 'vitest';
import { CORPUS } from './bot-hostile/corpus.ts';
import { attacksPage } from './bot-hostile/page.ts';
import { testCase } from './bot-hostile/test-case.ts';

vi.setConfig({ testTimeout: 180_000 });

const SAMPLE = [
  'instructions in Unicode tags',
  'the end of a block of the prompt, with the id of the very job',
  'a stranger calls',
  'a base branch named like an option, in .drydock/bot.yaml',
  'a symlink to .git/config',
  'a workflow, in full-width letters',
  'a path with an escape sequence',
  'a value of the environment, turned round and in base64',
  'a canary, in the name of a file',
  'a forged state, and a fence that does not end',
  'a tree of one commit under the name of another',
  'refs named like options',
];
const CASES = CORPUS.flatMap(({ cases }) => cases);

it.each(CASES.filter(({ name }) => SAMPLE.includes(name)))('nothing comes of: $name', testCase);

it('each of the sample is in the corpus, and no two cases are called the same', () => {
  const names = CORPUS.flatMap(({ kind, cases }) => cases.map(({ name }) => `${kind}: ${name}`));
  expect(new Set(names).size).toBe(names.length);
  expect(CASES.map(({ name }) => name)).toEqual(expect.arrayContaining(SAMPLE));
});

it('docs/bot-attacks.md lists the corpus (mend with: npx vitest run test/bot-hostile.test.ts -u)', async () => {
  await expect(attacksPage(CORPUS)).toMatchFileSnapshot('../docs/bot-attacks.md');
});
