/** `--sandbox host` on a machine without git, as a benchmark's container may be. */
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HOST, mendingCall, run, temporaryFolder } from './harness.ts';

/** A folder with all programs of this machine but git. */
function programsButGit(): string {
  const programs = temporaryFolder();
  for (const folder of ['/bin', '/usr/bin', '/usr/local/bin']) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const link = join(programs, name);
      if (!name.startsWith('git') && !existsSync(link)) symlinkSync(join(folder, name), link);
    }
  }
  return programs;
}

it('does the work, and says that it cannot tell what has changed', async () => {
  const patch = join(temporaryFolder(), 'out.patch');
  const { code, stderr, repository, session } = await run(
    (turn, request) => (turn === 0 ? { toolCalls: [mendingCall(request)] } : { text: 'Done.' }),
    { args: [...HOST, '--patch-out', patch], env: { PATH: programsButGit() } },
  );
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('note: git was not found');
  expect(stderr).toContain('note: --patch-out is empty');
  expect(readFileSync(join(repository.dir, 'sum.js'), 'utf8')).toContain('a + b');
  expect(readFileSync(patch, 'utf8')).toBe('');
  expect(session.events[0]).toMatchObject({ repository: null });
});
