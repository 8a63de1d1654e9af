/** The search for canaries finds: what a run has left is believed to be clean only because of this. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CANARY, canariesBelow, plantCanaries } from './canaries.ts';
import { runDrydock, temporaryFolder } from './harness.ts';

it('a home with nothing but the secrets that were planted is clean, also after a run of the command line', async () => {
  const home = temporaryFolder();
  plantCanaries(home);
  expect(canariesBelow(home)).toEqual([]);
  await runDrydock(['show'], { home });
  expect(canariesBelow(home)).toEqual([]);
});

it('a canary is found in a file, between bytes that are no text, in a name, and in objects of git, packed or not', () => {
  const home = temporaryFolder();
  plantCanaries(home);
  const session = join(home, 'state/drydock/sessions/s1');
  mkdirSync(join(session, 'blobs'), { recursive: true });
  writeFileSync(join(session, 'events.jsonl'), `{"text":"key ${CANARY}-x"}\n`);
  writeFileSync(join(session, 'blobs/b1'), Buffer.concat([Buffer.from([0, 255]), Buffer.from(CANARY)]));
  writeFileSync(join(session, `${CANARY}.txt`), '');
  for (const name of ['loose.git', 'packed.git', 'clean.git']) {
    const git = (args: string[], input: string) =>
      execFileSync('git', [`--git-dir=${join(session, name)}`, ...args], { input })
        .toString()
        .trim();
    git(['init', '-q', '--bare'], '');
    const blob = git(['hash-object', '-w', '--stdin'], name === 'clean.git' ? 'clean' : `a line\n${CANARY}\n`);
    const tree = git(['mktree'], `100644 blob ${blob}\ta.txt\n`);
    git(['update-ref', 'refs/tags/x', tree], '');
    if (name === 'packed.git') git(['gc', '-q'], '');
  }
  const sessionPath = 'state/drydock/sessions/s1';
  expect(canariesBelow(home).sort()).toEqual(
    ['blobs/b1', `${CANARY}.txt`, 'events.jsonl', 'loose.git', 'packed.git'].map((name) => `${sessionPath}/${name}`),
  );
});
