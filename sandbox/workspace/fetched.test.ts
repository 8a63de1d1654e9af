import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchRepository } from './fetched.ts';
import { makeRepository, plainGit, writeFiles } from './fixtures.ts';
import { readBaseFiles } from './repository.ts';

for (const format of ['sha1', 'sha256']) {
  test(`holds the commits that were asked for and their history, in ${format}`, async () => {
    const { root, folder, env } = makeRepository({ 'a.txt': 'one\n' }, format);
    const git = (...args: string[]) => plainGit(root, env, ...args).trim();
    const first = git('rev-parse', 'HEAD');
    writeFiles(root, { 'a.txt': 'two\n' });
    git('commit', '-qam', 'second');
    const second = git('rev-parse', 'HEAD');
    git('checkout', '-q', '-b', 'other', first);
    git('commit', '-q', '--allow-empty', '-m', 'other');
    const other = git('rev-parse', 'HEAD');
    const access = { url: root, token: null };
    const whole = await fetchRepository(join(folder, 'whole.git'), access, [second, other, second], env);
    expect(whole).toMatchObject({ root: null, head: second, branch: null, objectFormat: format, shallow: false });
    expect((await readBaseFiles(whole, first, ['a.txt'])).get('a.txt')?.toString()).toBe('one\n');
    expect(plainGit(whole.gitDir, env, 'rev-list', '--all').trim().split('\n').sort()).toEqual(
      [first, second, other].sort(),
    );
    const last = await fetchRepository(join(folder, 'last.git'), { ...access, url: `file://${root}` }, [second], env, {
      depth: 1,
    });
    expect(last.shallow).toBe(true);
    expect(plainGit(last.gitDir, env, 'rev-list', '--all').trim()).toBe(second);
  });
}
