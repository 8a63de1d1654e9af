import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AUTHOR, makeRepository, plainGit, type Session, showFile, startSession } from './fixtures.ts';
import { runGit } from './git.ts';
import { receiveTree } from './receive.ts';

/** A session, and a hostile sandbox that can write any objects at all into a bundle. */
async function hostile() {
  const user = makeRepository({ 'a.txt': 'one\n' });
  const session = await startSession(user);
  const evil = join(user.folder, 'evil.git');
  plainGit(user.folder, user.env, 'clone', '-q', '--bare', user.root, evil);
  const git = async (args: string[], stdin = '') =>
    (await runGit(args, { env: user.env, cwd: evil, gitDir: evil, stdin })).toString().trim();
  const bundle = join(user.folder, 'evil.bundle');
  /** Bundles a commit of a tree. Trees are nested by hand: `mktree` takes any name. */
  const send = async (tree: string) => {
    const commit = await git(['commit-tree', tree, '-p', session.base, '-m', 'x']);
    await git(['update-ref', 'refs/heads/out', commit]);
    await git(['bundle', 'create', bundle, 'refs/heads/out', `^${session.base}`]);
    return receive(session, bundle, tree);
  };
  return { user, session, git, bundle, send, blob: await git(['hash-object', '-w', '--stdin'], 'x') };
}

function receive(session: Session, bundle: string, tree: string, maxBytes = 1024 * 1024) {
  const { base } = session;
  return receiveTree(session.trusted, { bundle, tree, base, message: 'x', author: AUTHOR, maxBytes });
}

for (const name of ['.git', '.GIT', 'git~1', '..', '.g\u200cit']) {
  test(`a path component ${JSON.stringify(name)} is refused, which a plain fetch takes`, async () => {
    const { git, send, blob, user, bundle } = await hostile();
    const inner = await git(['mktree'], `100644 blob ${blob}\tconfig\n`);
    const tree = await git(['mktree'], `040000 tree ${inner}\t${name}\n`);
    await expect(send(tree)).rejects.toMatchObject({ kind: 'export_failed', message: expect.stringMatching(/hasDot/) });
    plainGit(user.root, user.env, 'fetch', '-q', bundle, 'refs/heads/out:refs/heads/taken');
    expect(plainGit(user.root, user.env, 'rev-parse', 'taken^{tree}').trim()).toBe(tree);
  });
}

test('a new submodule is refused by name', async () => {
  const { git, send, session } = await hostile();
  const tree = await git(['mktree', '--missing'], `160000 commit ${session.base}\tvendor\n`);
  await expect(send(tree)).rejects.toThrow('it adds or moves submodules: vendor');
});

test('what the sandbox calls its tree and is none, or is nowhere, is refused', async () => {
  const { git, send, session, bundle, blob } = await hostile();
  await send(await git(['mktree'], `100644 blob ${blob}\ta.txt\n`));
  for (const id of [blob, '2'.repeat(40)]) {
    await expect(receive(session, bundle, id)).rejects.toMatchObject({ kind: 'export_failed' });
  }
});

test('a tree with objects that are nowhere is refused', async () => {
  const { git, user, session, bundle } = await hostile();
  const tree = await git(['mktree', '--missing'], `100644 blob ${'1'.repeat(40)}\ta.txt\n`);
  const commit = await git(['commit-tree', tree, '-p', session.base, '-m', 'x']);
  const call = {
    env: user.env,
    cwd: user.folder,
    gitDir: join(user.folder, 'evil.git'),
    stdin: `${commit}\n${tree}\n`,
  };
  const pack = await runGit(['pack-objects', '--stdout'], call);
  writeFileSync(bundle, Buffer.concat([Buffer.from(`# v2 git bundle\n${commit} refs/heads/out\n\n`), pack]));
  await expect(receive(session, bundle, tree)).rejects.toMatchObject({
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

test('what is no bundle, a bundle that is cut, and one that is too large are refused', async () => {
  const { session, bundle, git, send, blob } = await hostile();
  writeFileSync(bundle, 'hello\n');
  await expect(receive(session, bundle, session.base)).rejects.toThrow('it is not a git bundle');
  writeFileSync(bundle, '# v2 git bundle\n\nPACK');
  await expect(receive(session, bundle, session.base)).rejects.toMatchObject({ kind: 'export_failed' });
  const { tree } = await send(await git(['mktree'], `100644 blob ${blob}\tb.txt\n`));
  await expect(receive(session, bundle, tree, 10)).rejects.toThrow('more than 10');
});

test('a base commit whose first paragraph is very long costs nobody their work', async () => {
  const user = makeRepository({ 'a.txt': 'one\n' });
  const paragraph = 'one of the many things that were squashed into this commit\n'.repeat(20_000);
  writeFileSync(join(user.folder, 'message'), paragraph);
  plainGit(user.root, user.env, 'commit', '-q', '--amend', '-F', join(user.folder, 'message'));
  const session = await startSession(user);
  writeFileSync(join(session.workspace, 'a.txt'), 'two\n');
  const { commit, changed } = await session.take();
  expect(changed).toBe(true);
  expect(showFile(session, commit, 'a.txt')).toBe('two\n');
});

test('a bundle whose header does not end is refused before it is read to its end', async () => {
  const { session, bundle } = await hostile();
  writeFileSync(bundle, `# v2 git bundle\n${'x'.repeat(9 * 1024 * 1024)}\n\nPACK`);
  await expect(receive(session, bundle, session.base, 1024 ** 3)).rejects.toThrow("its bundle's header has more than");
});
