import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeRepository, plainGit, temporaryFolder, writeFiles } from '../workspace/fixtures.ts';
import { inspectRepository } from '../workspace/repository.ts';
import { chooseFiles, openScratch } from './base-tree.ts';

/** Packs what is chosen and gives the tar's verbose listing, and a reader of its files. */
async function packed(
  user: ReturnType<typeof makeRepository>,
  choice: Partial<Parameters<typeof chooseFiles>[2]> = {},
) {
  const repository = await inspectRepository(user.root, user.env);
  const scratch = await openScratch(join(temporaryFolder(), 'scratch.git'), repository);
  const tree = await chooseFiles(scratch, repository, {
    commit: repository.head,
    folder: '',
    keep: () => true,
    ...choice,
  });
  const file = join(user.folder, 'files.tar');
  await tree.pack(file);
  const tar = (...args: string[]) => execFileSync('tar', [...args]).toString('latin1');
  return {
    id: tree.id,
    names: tar('-tf', file).split('\n').slice(0, -1),
    read: (path: string) => tar('-xOf', file, path),
  };
}

it('holds the bytes of the base commit, whatever attributes, filters and the working tree say', async () => {
  const user = makeRepository({
    '.gitattributes': '*.txt text eol=crlf\nsecret.txt export-ignore\nversion export-subst\n*.up filter=up\n',
    'a.txt': 'a\n',
    'secret.txt': 'kept\n',
    version: '$Format:%H$\n',
    'b.up': 'small\n',
  });
  plainGit(user.root, user.env, 'config', 'filter.up.smudge', `touch ${join(user.folder, 'ran')}; tr a-z A-Z`);
  plainGit(user.root, user.env, 'config', 'filter.up.required', 'true');
  plainGit(user.root, user.env, 'config', 'core.autocrlf', 'true');
  writeFiles(user.root, { 'a.txt': 'changed\n', 'untracked.txt': 'mine\n' });
  const { names, read } = await packed(user);
  expect(names).toEqual(['.gitattributes', 'a.txt', 'b.up', 'secret.txt', 'version']);
  expect(names.slice(1).map(read)).toEqual(['a\n', 'small\n', 'kept\n', '$Format:%H$\n']);
  expect(() => execFileSync('ls', [join(user.folder, 'ran')], { stdio: 'ignore' })).toThrow();
});

it('holds what was chosen of one folder, by paths that are bytes, and one file more', async () => {
  const user = makeRepository({ 'ctx/keep/a': 'a\n', 'ctx/drop': 'd\n', other: 'o\n' });
  writeFileSync(Buffer.from(`${user.root}/ctx/latin-\xe9`, 'latin1'), 'e\n');
  symlinkSync('/etc/passwd', join(user.root, 'ctx/link'));
  plainGit(user.root, user.env, 'add', '-A');
  plainGit(user.root, user.env, 'commit', '-q', '-m', 'more');
  const { names, read } = await packed(user, {
    folder: 'ctx',
    keep: (path) => path !== 'drop',
    more: { name: 'extra', from: 'other' },
  });
  expect(names.filter((name) => !name.endsWith('/'))).toEqual(['extra', 'keep/a', 'latin-\\351', 'link']);
  expect(read('extra')).toBe('o\n');
});

it('the id says names, modes and contents', async () => {
  const files = { a: '1\n', b: '2\n' };
  const first = await packed(makeRepository(files));
  expect((await packed(makeRepository(files))).id).toBe(first.id);
  expect((await packed(makeRepository({ ...files, a: '3\n' }))).id).not.toBe(first.id);
  const onlyB = { keep: (path: string) => path === 'b' };
  expect((await packed(makeRepository({ ...files, a: '3\n' }), onlyB)).id).toBe(
    (await packed(makeRepository(files), onlyB)).id,
  );
  expect((await packed(makeRepository(files), { keep: () => false })).names).toEqual([]);
});

it('says that objects are missing', async () => {
  const user = makeRepository({ 'big.txt': 'big\n' });
  plainGit(user.root, user.env, 'config', 'uploadpack.allowFilter', 'true');
  const root = join(user.folder, 'clone');
  plainGit(user.folder, user.env, 'clone', '-q', '--no-checkout', '--filter=blob:none', `file://${user.root}`, root);
  await expect(packed({ ...user, root })).rejects.toMatchObject({ kind: 'missing_objects' });
});
