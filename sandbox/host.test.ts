import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { processContract } from '../test/process-contract.ts';
import { createHostSandbox } from './host.ts';
import { SandboxError } from './sandbox.ts';

const roots: string[] = [];
const makeRoot = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'drydock host '));
  roots.push(root);
  return root;
};
afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

processContract('host', async () => createHostSandbox({ root: await makeRoot() }));

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
