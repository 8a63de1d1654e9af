/**
 * Ways out through files: what the sandbox calls a file is a link to one of the host. What the host does with a tree that the
 * sandbox wrote is in `session.heavy.ts`; with a bundle, in `receive.test.ts` of the workspace.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createHostSandbox, SandboxFileError } from '../../sandbox/index.ts';
import { temporaryFolder } from '../harness.ts';
import { startTarget, type Target } from './targets.ts';

let ours: Target;
/** A file of the host's, and one that is not there yet. */
let secret: string;
let planted: string;
beforeAll(async () => {
  ours = await startTarget();
  const folder = temporaryFolder();
  secret = join(folder, 'secret');
  planted = join(folder, 'planted');
  writeFileSync(secret, 'of the host\n');
});

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof SandboxFileError ? error.kind : String(error)),
  );

describe('a symbolic link out of the workspace', () => {
  it('is followed within the sandbox only; file tools that act on the host would follow it there', async () => {
    const root = temporaryFolder();
    symlinkSync(secret, join(root, 'link'));
    symlinkSync(planted, join(root, 'new'));
    const host = createHostSandbox({ root });
    expect((await host.readFile('link')).bytes.toString()).toBe('of the host\n');
    await host.writeFile('new', 'x');
    expect(existsSync(planted)).toBe(true);
    await host.dispose();
    rmSync(planted);

    await ours.run(`ln -s ${secret} link; ln -s ${planted} new; readlink link`);
    expect(await failure(ours.sandbox.readFile('link'))).toBe('not_regular');
    expect(await failure(ours.sandbox.writeFile('new', 'x'))).not.toBe('none');
    expect(existsSync(planted)).toBe(false);
    expect(readFileSync(secret, 'utf8')).toBe('of the host\n');
  });

  it('reads and writes what the agent’s user may, and not what root may, who acts where an engine unpacks a tar', async () => {
    await ours.run('ln -s /etc outside; ln -s /etc/shadow shadow');
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'outside'));
    writeFileSync(join(folder, 'outside/by-tar'), 'x');
    const tar = execFileSync('tar', ['-C', folder, '-c', 'outside/by-tar']);
    await ours.container.putArchive(tar, { path: '/workspace' });
    expect((await ours.run('stat -c %U /etc/by-tar')).text).toBe('root\n');

    expect(await failure(ours.sandbox.writeFile('outside/by-tool', 'x'))).toBe('denied');
    expect(await failure(ours.sandbox.readFile('shadow'))).toBe('denied');
    expect(await failure(ours.sandbox.writeFile('shadow', 'x'))).toBe('denied');
    expect((await ours.run('ls /etc/by-tool')).code).not.toBe(0);
  });

  it('copied out as a tar leads a reader on the host to the host’s own file; read by a tool it leads nowhere', async () => {
    await ours.run(`ln -s ${secret} result.txt`);
    const folder = temporaryFolder();
    const archive = join(folder, 'result.tar');
    await pipeline(await ours.container.getArchive({ path: '/workspace/result.txt' }), createWriteStream(archive));
    execFileSync('tar', ['-C', folder, '-xf', archive]);
    expect(readFileSync(join(folder, 'result.txt'), 'utf8')).toBe('of the host\n');

    expect(await failure(ours.sandbox.readFile('result.txt'))).toBe('not_regular');
  });
});
