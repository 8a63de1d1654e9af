import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

type End = { code: number; output: string };

function run(script: string, cwd: string, env: Record<string, string> = {}): Promise<End> {
  return new Promise((resolve) => {
    execFile('bash', [script], { cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** A checkout without dependencies, and a stand-in for npm that writes down how it is called and installs nothing. */
function bareCheckout() {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-setup-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  for (const name of ['scripts', 'sandbox', 'package.json', 'package-lock.json', 'Dockerfile']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  const calls = join(folder, 'calls');
  mkdirSync(join(folder, 'fake'));
  writeFileSync(join(folder, 'fake/npm'), `#!/bin/sh\necho "$@" >> ${calls}\nsleep 0.3\nmkdir -p node_modules\n`, {
    mode: 0o755,
  });
  writeFileSync(calls, '');
  return {
    folder,
    setUp: () =>
      run('scripts/setup.sh', folder, {
        PATH: `${folder}/fake:${join(root, 'node_modules/.bin')}:${process.env.PATH}`,
      }),
    calls: () => readFileSync(calls, 'utf8').split('\n').filter(Boolean),
  };
}

describe('scripts/setup.sh', () => {
  it('is silent where all is there', async () => {
    expect(await run('scripts/setup.sh', root)).toEqual({ code: 0, output: '' });
  });

  it('installs the dependencies once, from the lockfile, and says so', async () => {
    const checkout = bareCheckout();
    expect(await checkout.setUp()).toEqual({
      code: 0,
      output: 'setup: installing the dependencies into node_modules (npm ci)\n',
    });
    expect(await checkout.setUp()).toEqual({ code: 0, output: '' });
    expect(checkout.calls()).toEqual([expect.stringMatching(/^ci /)]);
  });

  it('installs once when two run at the same time', async () => {
    const checkout = bareCheckout();
    const ends = await Promise.all([checkout.setUp(), checkout.setUp()]);
    expect(ends.map((end) => end.code)).toEqual([0, 0]);
    expect(checkout.calls()).toHaveLength(1);
  });

  it('installs again when the lockfile has changed', async () => {
    const checkout = bareCheckout();
    await checkout.setUp();
    appendFileSync(join(checkout.folder, 'package-lock.json'), '\n');
    await checkout.setUp();
    expect(checkout.calls()).toHaveLength(2);
  });
});

describe('scripts/engine.sh', () => {
  it('starts nothing where DOCKER_HOST names an engine that does not answer, and exits with 4', async () => {
    const { code, output } = await run('scripts/engine.sh', root, { DOCKER_HOST: 'unix:///nowhere/docker.sock' });
    expect(code).toBe(4);
    expect(output).toContain('unix:///nowhere/docker.sock (DOCKER_HOST): not there');
    expect(output).toContain('unset DOCKER_HOST');
    expect(output).not.toContain('starting');
  });
});
