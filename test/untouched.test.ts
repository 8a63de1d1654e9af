/** What is the user's stays as it was, however a run ends; and nothing of theirs that could run, runs. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  BROKEN_SUM,
  type FinishedRun,
  HOST,
  leftOnEngine,
  loseContainers,
  makeRepository,
  mendingCall,
  newestSession,
  run,
  shellTurn,
  startRun,
  type TestRepository,
  temporaryFolder,
  until,
} from './harness.ts';
import type { Script } from './model-server.ts';

// Three at once on two shared cores.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

/** Every hook that githooks(5) names, but for those of Perforce and e-mail. */
const HOOKS = [
  ...['applypatch-msg', 'pre-applypatch', 'post-applypatch', 'pre-commit', 'pre-merge-commit', 'prepare-commit-msg'],
  ...['commit-msg', 'post-commit', 'pre-rebase', 'post-checkout', 'post-merge', 'pre-push', 'pre-receive', 'update'],
  ...['proc-receive', 'post-receive', 'post-update', 'reference-transaction', 'push-to-checkout', 'pre-auto-gc'],
  ...['post-rewrite', 'fsmonitor-watchman', 'post-index-change'],
];

type Trap = { repository: TestRepository; home: string; canary: string };

/**
 * A repository with packed refs, a remote, a tag, a stash, a dirty tree, and everything that git can be made to run:
 * hooks, file system monitor, filters, drivers, signing, in the repository's and in the user's own configuration.
 */
function makeTrap(): Trap {
  const home = temporaryFolder();
  const canary = join(home, 'canary');
  const spy = (name: string) => `echo ${name} >>${canary}`;
  const repository = makeRepository({
    ...BROKEN_SUM,
    '.gitattributes': '* filter=spy diff=spy merge=spy\n',
    'a b': '',
  });
  const { dir, git, write } = repository;
  const configure = (key: string, value: string) => {
    git('config', key, value);
    git('config', '--file', join(home, '.gitconfig'), key, value);
  };
  git('tag', '-a', '-m', 'first', 'v1');
  write('a b', 'stashed\n');
  git('stash', '-q');
  git('remote', 'add', 'origin', 'ssh://nowhere.invalid/x.git');
  git('pack-refs', '--all');
  git('branch', 'other');
  write('a b', 'dirty\n');
  write('run.sh', '#!/bin/sh\n', 0o755);
  write('staged.txt', 'staged\n');
  git('add', 'staged.txt');
  for (const name of HOOKS) write(`.git/hooks/${name}`, `#!/bin/sh\n${spy(name)}\n`, 0o755);
  const programs = ['core.fsmonitor', 'core.sshCommand', 'core.pager', 'core.editor', 'core.askPass', 'gpg.program'];
  programs.push('filter.spy.clean', 'filter.spy.smudge', 'diff.spy.textconv', 'diff.spy.command', 'diff.external');
  programs.push('merge.spy.driver', 'credential.helper');
  for (const key of programs) {
    write(`.git/spies/${key}`, `#!/bin/sh\n${spy(key)}\ncat\n`, 0o755);
    configure(key, join(dir, '.git/spies', key));
  }
  configure('commit.gpgSign', 'true');
  configure('core.hooksPath', join(dir, '.git/hooks'));
  // A trap that cannot spring would prove nothing.
  git('status');
  expect(readFileSync(canary, 'utf8')).toContain('core.fsmonitor');
  expect(readFileSync(canary, 'utf8')).toContain('filter.spy.clean');
  git('update-ref', 'refs/heads/sprung', 'HEAD');
  expect(readFileSync(canary, 'utf8')).toContain('reference-transaction');
  git('update-ref', '-d', 'refs/heads/sprung');
  rmSync(canary);
  return { repository, home, canary };
}

/** All that is below a folder, `.git` included: kind, mode, time and content by path. */
function snapshot(root: string): Map<string, string> {
  const seen = new Map<string, string>();
  const visit = (path: string) => {
    const full = join(root, path);
    const stat = lstatSync(full, { bigint: true });
    const content = stat.isSymbolicLink()
      ? readlinkSync(full)
      : stat.isFile()
        ? createHash('sha256').update(readFileSync(full)).digest('hex')
        : '';
    seen.set(path, `${stat.mode.toString(8)} ${stat.mtimeNs} ${content}`);
    if (stat.isDirectory()) for (const name of readdirSync(full)) visit(join(path, name));
  };
  visit('.');
  return seen;
}

function differences(before: Map<string, string>, after: Map<string, string>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
}

/** What a new branch is made of. Folders are here because a new entry changes their time. */
const NEW_BRANCH = /^\.git\/(objects(\/pack(\/.*)?)?|(logs\/)?refs\/heads(\/drydock(\/.*)?)?)$/;

type Allowed = {
  /** Paths below the root that may differ afterwards. */
  paths: RegExp;
  /** Programs of the user that may have run. */
  programs?: string[];
};

/** Runs it, and checks that nothing was run, changed or left but what is allowed. */
async function expectUntouched(
  trap: Trap,
  { paths, programs = [] }: Allowed,
  drive: () => Promise<FinishedRun>,
): Promise<FinishedRun> {
  const before = snapshot(trap.repository.dir);
  const finished = await drive();
  const after = snapshot(trap.repository.dir);
  const ran = existsSync(trap.canary) ? readFileSync(trap.canary, 'utf8').trim().split('\n') : [];
  expect(ran.filter((name) => !programs.includes(name))).toEqual([]);
  expect(differences(before, after).filter((path) => !paths.test(path))).toEqual([]);
  expect(await leftOnEngine(finished.session.id)).toEqual([]);
  return finished;
}

const NOTHING = { paths: /^$/ };
/** What `git add` runs too: files that the user hands over go through the filters of the user. */
const AS_GIT_ADD = ['filter.spy.clean'];
const MEND: Script = (turn, request) => (turn === 0 ? { toolCalls: [mendingCall(request)] } : { text: 'Done.' });

describe.concurrent('the user’s repository', () => {
  it('gets a branch and nothing else from a success', async () => {
    const trap = makeTrap();
    const finished = await expectUntouched(trap, { paths: NEW_BRANCH }, () => run(MEND, trap));
    expect(finished.code, finished.stderr).toBe(0);
    expect(trap.repository.git('branch', '--list', 'drydock/*', '--format=%(refname:short)')).toBe(
      `drydock/${finished.session.id}`,
    );
  });

  it('gets a branch and nothing else with --include-dirty', async () => {
    const trap = makeTrap();
    const allowed = { paths: NEW_BRANCH, programs: AS_GIT_ADD };
    const finished = await expectUntouched(trap, allowed, () => run(MEND, { ...trap, args: ['--include-dirty'] }));
    expect(finished.code, finished.stderr).toBe(0);
  });

  it('stays as it was with --output patch', async () => {
    const trap = makeTrap();
    const finished = await expectUntouched(trap, NOTHING, () => run(MEND, { ...trap, args: ['--output', 'patch'] }));
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.stdout).toContain('a + b');
  });

  it('stays as it was when the provider fails', async () => {
    const trap = makeTrap();
    const error = { status: 401, body: { type: 'error', error: { type: 'authentication_error', message: 'no' } } };
    const finished = await expectUntouched(trap, NOTHING, () => run(() => ({ error }), trap));
    expect(finished.code, finished.stderr).toBe(3);
  });

  it('stays as it was when nothing was changed', async () => {
    const trap = makeTrap();
    const finished = await expectUntouched(trap, NOTHING, () => run([shellTurn('ls')], trap));
    expect(finished.code, finished.stderr).toBe(0);
  });

  it.for(['SIGINT', 'SIGKILL'] as const)('gets at most a branch from a run that ends by %s', async (signal) => {
    const trap = makeTrap();
    await expectUntouched(trap, signal === 'SIGINT' ? { paths: NEW_BRANCH } : NOTHING, async () => {
      const running = await startRun([shellTurn('echo half >>sum.js'), shellTurn('sleep 600')], trap);
      await until('the second request', () => running.requests.length === 2);
      running.child.kill(signal);
      const result = await running.ended;
      const session = newestSession(running.home);
      // A killed run leaves its container to whoever resumes it.
      expect(await leftOnEngine(session.id)).toHaveLength(signal === 'SIGKILL' ? 1 : 0);
      await loseContainers(session.id);
      return { ...running, ...result, session };
    });
  });

  it('has only its files changed by a run in place, never its .git', async () => {
    const trap = makeTrap();
    const finished = await expectUntouched(trap, { paths: /^(\.|sum\.js)$/, programs: AS_GIT_ADD }, () =>
      run(MEND, { ...trap, args: HOST }),
    );
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.stdout).toContain('a + b');
  });

  it('has only its files changed by --apply, but for the branch', async () => {
    const trap = makeTrap();
    const allowed = { paths: new RegExp(`${NEW_BRANCH.source}|^(\\.|sum\\.js)$`) };
    const finished = await expectUntouched(trap, allowed, () => run(MEND, { ...trap, args: ['--apply'] }));
    expect(finished.code, finished.stderr).toBe(0);
    expect(readFileSync(join(trap.repository.dir, 'sum.js'), 'utf8')).toContain('a + b');
  });
});
