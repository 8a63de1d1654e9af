import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRepository, plainGit } from './fixtures.ts';
import { inspectRepository } from './repository.ts';
import { openTrusted, readTrustedRef, setTrustedRef, type TrustedRepository, treeOf, writeCommit } from './trusted.ts';

const person = { name: 'Ada <b> Löve\n', email: 'ada@example.org' };

async function open(format: string): Promise<{ trusted: TrustedRepository; head: string; git: typeof plainGit }> {
  const user = makeRepository({ 'a.txt': 'one\n' }, format);
  const repository = await inspectRepository(user.root, user.env);
  return {
    trusted: await openTrusted(join(user.folder, 'trusted.git'), repository),
    head: repository.head,
    git: plainGit,
  };
}

for (const format of ['sha1', 'sha256']) {
  test(`a commit is written as git writes it, in ${format}`, async () => {
    const { trusted, head, git } = await open(format);
    const tree = await treeOf(trusted, head);
    const commit = { tree, parents: [head], message: 'A task\n\nMore: é', author: person, time: 1_700_000_000 };
    const id = await writeCommit(trusted, commit);
    const { gitDir } = trusted;
    const env = {
      ...trusted.env,
      GIT_AUTHOR_NAME: person.name,
      GIT_AUTHOR_EMAIL: person.email,
      GIT_COMMITTER_NAME: person.name,
      GIT_COMMITTER_EMAIL: person.email,
      GIT_AUTHOR_DATE: '@1700000000 +0000',
      GIT_COMMITTER_DATE: '@1700000000 +0000',
    };
    const theirs = git(gitDir, env, 'commit-tree', tree, '-p', head, '-m', 'A task\n\nMore: é');
    expect(id).toBe(theirs.trim());
    expect(git(gitDir, trusted.env, 'fsck', '--strict', '--no-dangling')).toBe('');
  });
}

test('the time of a commit is that of the call, in the zone of this machine', async () => {
  const { trusted, head, git } = await open('sha1');
  const before = Math.floor(Date.now() / 1000);
  const id = await writeCommit(trusted, {
    tree: await treeOf(trusted, head),
    parents: [],
    message: 'x\n',
    author: person,
  });
  const [seconds, zone] = git(trusted.gitDir, trusted.env, 'show', '-s', '--date=raw', '--format=%cd', id)
    .trim()
    .split(' ');
  expect(Number(seconds)).toBeGreaterThanOrEqual(before);
  const env = { ...trusted.env, TZ: process.env.TZ };
  const local = git(trusted.gitDir, env, 'show', '-s', '--date=format-local:%z', '--format=%cd', id);
  expect(zone).toBe(local.trim());
});

test('a ref is set, moved and read, and one that is not there is null', async () => {
  const { trusted, head } = await open('sha1');
  const other = await writeCommit(trusted, {
    tree: await treeOf(trusted, head),
    parents: [],
    message: 'x\n',
    author: person,
  });
  expect(await readTrustedRef(trusted, 'refs/drydock/x')).toBe(null);
  for (const commit of [head, other]) {
    await setTrustedRef(trusted, 'refs/drydock/x', commit);
    expect(await readTrustedRef(trusted, 'refs/drydock/x')).toBe(commit);
  }
});
