import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AUTHOR, makeRepository, plainGit, type Session, startSession } from './fixtures.ts';
import { runGit } from './git.ts';
import { receiveTree } from './receive.ts';

/** A session, and a hostile sandbox that can write any objects at all into a pack. */
async function hostile() {
  const user = makeRepository({ 'a.txt': 'one\n' });
  const session = await startSession(user);
  const evil = join(user.folder, 'evil.git');
  plainGit(user.folder, user.env, 'clone', '-q', '--bare', user.root, evil);
  const git = async (args: string[], stdin = '') =>
    (await runGit(args, { env: user.env, cwd: evil, gitDir: evil, stdin })).toString().trim();
  const pack = join(user.folder, 'evil.pack');
  /** Packs a tree. Trees are nested by hand: `mktree` takes any name. */
  const send = async (tree: string) => {
    const settings = { env: user.env, cwd: evil, gitDir: evil, stdin: `${tree}\n^${session.base}\n` };
    writeFileSync(pack, await runGit(['pack-objects', '--revs', '--stdout'], settings));
    return receive(session, pack, tree);
  };
  return { user, session, git, evil, pack, send, blob: await git(['hash-object', '-w', '--stdin'], 'x') };
}

function receive(session: Session, pack: string, tree: string, maxBytes = 1024 * 1024) {
  const { base } = session;
  return receiveTree(session.trusted, { pack, tree, base, message: 'x', author: AUTHOR, maxBytes });
}

for (const name of ['.git', '.GIT', 'git~1', '..', '.g\u200cit']) {
  test(`a path component ${JSON.stringify(name)} is refused, which a plain fetch takes`, async () => {
    const { git, send, blob, user, evil } = await hostile();
    const inner = await git(['mktree'], `100644 blob ${blob}\tconfig\n`);
    const tree = await git(['mktree'], `040000 tree ${inner}\t${name}\n`);
    await expect(send(tree)).rejects.toMatchObject({ kind: 'export_failed', message: expect.stringMatching(/hasDot/) });
    await git(['update-ref', 'refs/heads/out', await git(['commit-tree', tree, '-m', 'x'])]);
    plainGit(user.root, user.env, 'fetch', '-q', evil, 'refs/heads/out:refs/heads/taken');
    expect(plainGit(user.root, user.env, 'rev-parse', 'taken^{tree}').trim()).toBe(tree);
  });
}

test('a new submodule is refused by name', async () => {
  const { git, send, session } = await hostile();
  const tree = await git(['mktree', '--missing'], `160000 commit ${session.base}\tvendor\n`);
  await expect(send(tree)).rejects.toThrow('it adds or moves submodules: vendor');
});

test('what the sandbox calls its tree and is none, or is nowhere, is refused', async () => {
  const { git, send, session, pack, blob } = await hostile();
  await send(await git(['mktree'], `100644 blob ${blob}\ta.txt\n`));
  for (const id of [blob, '2'.repeat(40)]) {
    await expect(receive(session, pack, id)).rejects.toMatchObject({ kind: 'export_failed' });
  }
});

test('a tree with objects that are nowhere is refused', async () => {
  const { git, user, session, evil, pack } = await hostile();
  const tree = await git(['mktree', '--missing'], `100644 blob ${'1'.repeat(40)}\ta.txt\n`);
  const call = { env: user.env, cwd: user.folder, gitDir: evil, stdin: `${tree}\n` };
  writeFileSync(pack, await runGit(['pack-objects', '--stdout'], call));
  await expect(receive(session, pack, tree)).rejects.toMatchObject({
    kind: 'export_failed',
    message: expect.stringContaining('1111111111'),
  });
});

test('a small pack of a huge file is refused by the size of the file', async () => {
  const { git, send } = await hostile();
  const blob = await git(['hash-object', '-w', '--stdin'], '\0'.repeat(2 * 1024 * 1024));
  const tree = await git(['mktree'], `100644 blob ${blob}\ta.txt\n`);
  await expect(send(tree)).rejects.toThrow('its changed files have 2097152 bytes');
});

test('what is no pack, a pack that is cut, and one that is too large are refused', async () => {
  const { session, pack, git, send, blob } = await hostile();
  writeFileSync(pack, 'hello, this is no pack\n');
  await expect(receive(session, pack, session.base)).rejects.toThrow('pack signature mismatch');
  const { tree } = await send(await git(['mktree'], `100644 blob ${blob}\tb.txt\n`));
  await expect(receive(session, pack, tree, 10)).rejects.toThrow('more than 10');
  writeFileSync(pack, readFileSync(pack).subarray(0, -1));
  await expect(receive(session, pack, tree)).rejects.toMatchObject({ kind: 'export_failed' });
});
