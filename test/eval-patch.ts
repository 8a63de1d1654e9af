/** Patches between two sets of files, made by git itself. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryFolder } from './harness.ts';

type Files = Readonly<Record<string, string | Buffer | null>>;

/** The patch from `before` to `before` with `after` on top of it; null stands for a file that is deleted. */
export function patchOf(before: Files, after: Files): Buffer {
  const dir = temporaryFolder();
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'core.autocrlf=false', '-c', 'user.name=A', '-c', 'user.email=a@localhost', ...args], {
      cwd: dir,
      env: { PATH: process.env.PATH, HOME: dir, GIT_CONFIG_NOSYSTEM: '1' },
    });
  const put = (files: Files) => {
    for (const [path, data] of Object.entries(files)) {
      if (data === null) rmSync(join(dir, path));
      else {
        mkdirSync(dirname(join(dir, path)), { recursive: true });
        writeFileSync(join(dir, path), data);
      }
    }
  };
  git('init', '-q');
  mkdirSync(join(dir, '.git/info'), { recursive: true });
  writeFileSync(join(dir, '.git/info/attributes'), '* -text\n');
  put(before);
  git('add', '-A');
  git('commit', '-qm', 'before');
  put(after);
  git('add', '-A');
  return git('diff', '--cached', '--binary', 'HEAD');
}
