import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { makeRepository, plainGit, temporaryFolder, testEnvironment } from './fixtures.ts';
import { gitEnvironment, openGit, runGit } from './git.ts';

test("the user's own configuration reaches git, what redirects it and secrets do not, and ours has the last word", async () => {
  const { root, env } = makeRepository({ 'a.txt': 'one\n' });
  plainGit(root, env, 'config', 'core.hooksPath', '/evil');
  const inherited = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'user.name', GIT_CONFIG_VALUE_0: 'Grace' };
  const redirecting = {
    GIT_DIR: '/nowhere',
    GIT_CONFIG_PARAMETERS: "'core.hooksPath=/evil'",
    API_KEY: 'secret',
    EDITOR: 'vi',
  };
  const call = { env: { ...env, ...inherited, ...redirecting }, cwd: root };
  const read = async (key: string) => (await runGit(['config', key], call)).toString().trim();
  expect(await read('user.name')).toBe('Grace');
  expect(await read('core.hooksPath')).toBe('/dev/null');
  expect((await (await openGit(call)).raw(['config', 'core.hooksPath'])).trim()).toBe('/dev/null');
  expect(Object.keys(gitEnvironment(call))).not.toEqual(expect.arrayContaining(['API_KEY']));
});

test('no transport but local files', async () => {
  const { root, env } = makeRepository({ 'a.txt': 'one\n' });
  for (const url of ['https://127.0.0.1:1/x', 'ssh://127.0.0.1/x', 'ext::true']) {
    await expect(runGit(['ls-remote', url], { env, cwd: root })).rejects.toThrow('not allowed');
  }
});

test('failures say what they are: no such folder, a refusal, too much output, too long', async () => {
  const folder = temporaryFolder();
  const call = { env: testEnvironment(folder), cwd: folder };
  await expect(runGit(['version'], { ...call, cwd: join(folder, 'no') })).rejects.toMatchObject({ kind: 'missing' });
  await expect(runGit(['rev-parse'], call)).rejects.toMatchObject({ kind: 'failed', exitCode: 128 });
  await expect(runGit(['version'], { ...call, maxBytes: 3 })).rejects.toMatchObject({ kind: 'too_much_output' });
  await expect(runGit(['hash-object', '--stdin'], { ...call, timeoutMs: 1, stdin: endless() })).rejects.toMatchObject({
    kind: 'timeout',
  });
});

test('what goes in comes back byte for byte, however large', async () => {
  const { root, env } = makeRepository({});
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256));
  const id = (await runGit(['hash-object', '-w', '--stdin'], { env, cwd: root, stdin: bytes })).toString().trim();
  expect((await runGit(['cat-file', 'blob', id], { env, cwd: root })).equals(bytes)).toBe(true);
});

function endless(): Readable {
  return Readable.from(
    (async function* () {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        yield Buffer.from('x');
      }
    })(),
  );
}
