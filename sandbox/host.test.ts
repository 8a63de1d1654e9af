import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { processContract } from '../test/process-contract.ts';
import { createHostSandbox } from './host.ts';
import { SandboxError, SandboxFileError } from './sandbox.ts';

const roots: string[] = [];
const makeRoot = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'drydock host '));
  roots.push(root);
  return root;
};
afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

processContract('host', async () => createHostSandbox({ root: await makeRoot() }));

// Without root there is no other user to take: then the contract above is the one of a plain user.
if (process.getuid?.() === 0) {
  const user = { name: 'nobody', uid: 65_534, gid: 65_534, home: tmpdir() };
  processContract('host, as another user', async () => {
    const root = await makeRoot();
    await chown(root, user.uid, user.gid);
    return createHostSandbox({ root, user });
  });

  it('another user reads no file by a path that leads to one of this user’s', async () => {
    const root = await makeRoot();
    await chown(root, user.uid, user.gid);
    const secret = join(await makeRoot(), 'secret');
    await writeFile(secret, 'secret');
    const sandbox = createHostSandbox({ root, user });
    await sandbox.exec({ command: `ln -s ${JSON.stringify(secret)} link; id -u; id -G` });
    await expect(sandbox.readFile('link')).rejects.toThrow(SandboxFileError);
    await expect(sandbox.readFile('/proc/self/environ')).resolves.not.toMatchObject({ size: 0 });
    await expect(sandbox.readFile(`/proc/${process.pid}/environ`)).rejects.toThrow(SandboxFileError);
    await expect(sandbox.writeFile('link', 'x')).rejects.toThrow(SandboxFileError);
    expect(await readFile(secret, 'utf8')).toBe('secret');
    const { output } = await sandbox.exec({ command: 'id -u; id -G; echo $USER' });
    expect(output.head.toString()).toBe('65534\n65534\nnobody\n');
  });
}

describe('host sandbox', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const printEnvironment = async (env?: Record<string, string>): Promise<string> => {
    const sandbox = createHostSandbox({ root: await makeRoot(), ...(env && { env }) });
    const { output } = await sandbox.exec({ command: 'env' });
    return output.head.toString();
  };

  it.each([
    'ANTHROPIC_API_KEY',
    'OPENAI_BASE_URL',
    'MY_API_KEY',
    'GITHUB_TOKEN',
    'AWS_SECRET_ACCESS_KEY',
    'DB_PASSWORD',
  ])('does not hand %s on to commands', async (name) => {
    vi.stubEnv(name, 'hidden-value');
    expect(await printEnvironment()).not.toContain('hidden-value');
  });

  it('hands other variables on, and adds those of its options', async () => {
    vi.stubEnv('DRYDOCK_TEST_PLAIN', 'plain-value');
    const text = await printEnvironment({ DRYDOCK_TEST_ADDED: 'added-value' });
    expect(text).toContain('DRYDOCK_TEST_PLAIN=plain-value\n');
    expect(text).toContain('DRYDOCK_TEST_ADDED=added-value\n');
  });

  it('kills on disposal what finished commands left in the background', async () => {
    const root = await makeRoot();
    const sandbox = createHostSandbox({ root });
    await sandbox.exec({
      command: 'setsid sh -c "echo \\$\\$ > pid; exec sleep 300" >/dev/null & until [ -s pid ]; do sleep 0.02; done',
    });
    const pid = Number(await readFile(join(root, 'pid'), 'utf8'));
    await sandbox.dispose();
    // A zombie (its parent has not asked for it) still has a /proc entry, with an empty command line.
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).toBe('');
  });

  it('refuses work after disposal', async () => {
    const sandbox = createHostSandbox({ root: await makeRoot() });
    await sandbox.dispose();
    await expect(sandbox.exec({ command: 'true' })).rejects.toThrow(SandboxError);
  });

  it('reports a workspace that does not exist as a failure of the sandbox', async () => {
    const sandbox = createHostSandbox({ root: '/no/such/workspace' });
    await expect(sandbox.exec({ command: 'true' })).rejects.toThrow(SandboxError);
  });

  it('kills the commands of a sandbox that runs inside one of its commands', async () => {
    const root = await makeRoot();
    const sandbox = createHostSandbox({ root });
    const module = new URL('./host.ts', import.meta.url).pathname;
    const program = `import { createHostSandbox } from ${JSON.stringify(module)};
      await createHostSandbox({ root: ${JSON.stringify(root)} }).exec({ command: 'echo $$ > inner; exec sleep 300' });`;
    await sandbox.writeFile('nested.mjs', program);
    const outer = await sandbox.spawn({ command: `'${process.execPath}' nested.mjs` });
    let inner = '';
    while (inner === '') {
      await delay(20);
      inner = await readFile(join(root, 'inner'), 'utf8').catch(() => '');
    }
    await outer.kill();
    expect(await readFile(`/proc/${Number(inner)}/cmdline`, 'utf8').catch(() => '')).toBe('');
    await sandbox.dispose();
  });
});
