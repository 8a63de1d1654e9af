/** For the tests of this folder: real repositories in temporary folders, and the way through a sandbox without one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { END_OF_REPORT, parseExport } from './export-report.ts';
import { exportScript } from './export-script.ts';
import type { Environment } from './git.ts';
import { importScript, parseImport } from './import-script.ts';
import { makePack } from './pack.ts';
import { type ReceivedTree, receiveTree } from './receive.ts';
import { inspectRepository, type Repository } from './repository.ts';
import { openTrusted, type TrustedRepository } from './trusted.ts';

export const AUTHOR = { name: 'Ada', email: 'ada@example.org' };

/** A temporary folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-workspace-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An environment with a home of its own, so that the developer's git configuration has no part in a test. */
export function testEnvironment(folder: string): Environment {
  const home = join(folder, 'home');
  mkdirSync(home, { recursive: true });
  return { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
}

const IDENTITY = ['user.name=Ada', 'user.email=ada@example.org', 'init.defaultBranch=main', 'commit.gpgSign=false'];

/** Runs plain git, as a user or an agent would. */
export function plainGit(cwd: string, env: Environment, ...args: string[]): string {
  const settings = IDENTITY.flatMap((pair) => ['-c', pair]);
  return execFileSync('git', [...settings, ...args], {
    cwd,
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  }).toString();
}

/** Writes files and makes their folders. */
export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

export type UserRepository = { folder: string; root: string; env: Environment };

/** A repository with one commit of `files`. */
export function makeRepository(files: Record<string, string>, format = 'sha1'): UserRepository {
  const folder = temporaryFolder();
  const env = testEnvironment(folder);
  const root = join(folder, 'project');
  mkdirSync(root);
  plainGit(root, env, 'init', '-q', `--object-format=${format}`);
  writeFiles(root, files);
  plainGit(root, env, 'add', '-A');
  plainGit(root, env, 'commit', '-q', '--allow-empty', '-m', 'start');
  return { folder, root, env };
}

/** Runs a script of this folder as the backends do. */
export function runScript(script: string, shell: readonly string[] = ['sh']): Buffer {
  const [program = 'sh', ...args] = shell;
  try {
    return execFileSync(program, [...args, '-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && Buffer.isBuffer(error.stdout)) return error.stdout;
    throw error;
  }
}

/** What a test sees of one session without a container: `workspace` is where the agent would work. */
export type Session = {
  repository: Repository;
  trusted: TrustedRepository;
  workspace: string;
  privateGit: string;
  /** The commit that was imported. */
  base: string;
  /** Exports and takes in what the workspace holds. */
  take(): Promise<ReceivedTree & ReturnType<typeof parseExport> & { packBytes: number }>;
};

/** Takes a repository into a session's workspace. */
export async function startSession(
  user: UserRepository,
  options: { history?: 'full' | 'none'; shell?: readonly string[]; commit?: string; tree?: string; cwd?: string } = {},
): Promise<Session> {
  const { history = 'full', shell, cwd = user.root } = options;
  const repository = await inspectRepository(cwd, user.env);
  const trusted = await openTrusted(join(user.folder, 'session', 'workspace.git'), repository);
  const commit = options.commit ?? repository.head;
  const sent = join(user.folder, 'sent');
  const pack = await makePack(trusted, repository, {
    commit,
    tree: options.tree ?? null,
    history,
    folder: sent,
    known: null,
  });
  const paths = { workspace: join(user.folder, 'workspace'), privateGit: join(user.folder, 'private') };
  mkdirSync(paths.workspace);
  const { objectFormat } = repository;
  for (const [from, to] of pack.pack ? [[pack.pack.pack, 'pack'] as const, [pack.pack.index, 'idx'] as const] : []) {
    renameSync(from, join(sent, to));
  }
  const request = {
    ...paths,
    ...pack,
    pack: pack.pack && { folder: sent, name: pack.pack.name },
    branch: 'work/main',
    objectFormat,
    known: null,
  };
  parseImport(runScript(importScript(request), shell).toString());
  const out = join(user.folder, 'out.pack');
  let known: string | null = null;
  return {
    ...paths,
    repository,
    trusted,
    base: pack.base,
    async take() {
      const said = runScript(exportScript({ ...paths, base: pack.base, known }), shell);
      const end = `\n${END_OF_REPORT}\n`;
      const packAt = said.indexOf(end) + end.length;
      const report = parseExport(said.toString('utf8', 0, packAt < end.length ? undefined : packAt));
      writeFileSync(out, said.subarray(packAt));
      const received = await receiveTree(trusted, {
        pack: report.as === 'new' ? out : null,
        tree: report.tree,
        base: commit,
        message: 'Change\n',
        author: AUTHOR,
      });
      known = report.tree;
      return { ...report, ...received, packBytes: said.length - packAt };
    },
  };
}

/** The files of a commit as `mode path` lines. */
export function listTree(session: Session, commit: string): string[] {
  const { gitDir, env } = session.trusted;
  const text = plainGit(gitDir, env, `--git-dir=${gitDir}`, 'ls-tree', '-r', '-z', commit);
  const lines = text.split('\0').filter((line) => line !== '');
  return lines.map((line) => `${line.slice(0, 6)} ${line.slice(line.indexOf('\t') + 1)}`);
}

/** The text of a file in a commit. */
export function showFile(session: Session, commit: string, path: string): string {
  const { gitDir, env } = session.trusted;
  return plainGit(gitDir, env, `--git-dir=${gitDir}`, 'cat-file', 'blob', `${commit}:${path}`);
}
