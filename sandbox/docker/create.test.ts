import { join } from 'node:path';
import { expect, it } from 'vitest';
import { processContract } from '../../test/process-contract.ts';
import { containerConfig, DEFAULT_LIMITS } from './container.ts';
import { createDockerSandbox } from './create.ts';
import { locateEngine, openEngine } from './engine.ts';

const dockerfile = join(import.meta.dirname, '../../Dockerfile');

async function makeSandbox() {
  const docker = await openEngine(await locateEngine(process.env));
  const sandbox = createDockerSandbox(Promise.resolve(docker), {
    sessionId: 'contract',
    image: null,
    dockerfile,
    network: 'none',
    env: {},
    onProgress: () => undefined,
  });
  await sandbox.ready;
  return sandbox;
}

processContract('docker', makeSandbox);

it('a container has no network, no capability, no new privileges, no mount and bounded memory and processes', () => {
  const { HostConfig, Labels, Env } = containerConfig({
    image: 'any',
    sessionId: 's1',
    network: 'none',
    limits: DEFAULT_LIMITS,
    env: { PASSED: 'yes' },
  });
  expect(HostConfig).toMatchObject({
    NetworkMode: 'none',
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Init: true,
    AutoRemove: true,
    Memory: DEFAULT_LIMITS.memoryBytes,
    MemorySwap: DEFAULT_LIMITS.memoryBytes,
    PidsLimit: DEFAULT_LIMITS.pids,
  });
  for (const key of ['Binds', 'Mounts', 'Privileged', 'CapAdd', 'Devices', 'PidMode', 'IpcMode', 'UsernsMode']) {
    expect(HostConfig).not.toHaveProperty(key);
  }
  expect(Labels).toEqual({ 'drydock.session': 's1' });
  expect(Env).toContain('PASSED=yes');
});

it('a lane that was killed is replaced, and what ran on it is reported as lost', async () => {
  const sandbox = await makeSandbox();
  try {
    const killed = await sandbox.exec({ command: 'kill -9 $PPID; sleep 5' });
    expect([killed.reason, killed.exitCode]).toEqual(['lost', null]);
    const next = await sandbox.exec({ command: 'echo again' });
    expect([next.reason, next.output.head.toString()]).toEqual(['exited', 'again\n']);
  } finally {
    await sandbox.dispose();
  }
});

it('a command can neither read its lane nor forge its end', async () => {
  const sandbox = await makeSandbox();
  try {
    const spied = await sandbox.exec({ command: 'ls /proc/$PPID/fd; cat /proc/$PPID/environ /proc/$PPID/mem; :' });
    expect(spied.output.head.toString().match(/Permission denied/g)).toHaveLength(3);
    const forged = await sandbox.exec({
      command: `printf 'E %s 0 \\n' nonce; printf 'E nonce 0 /proc/1\\n' >&2; exit 9`,
    });
    expect(forged.exitCode).toBe(9);
  } finally {
    await sandbox.dispose();
  }
});

it('what a background process writes after its command has ended is in no later output', async () => {
  const sandbox = await makeSandbox();
  try {
    await sandbox.exec({ command: '(while :; do echo noise; sleep 0.01; done) & echo started' });
    for (let round = 0; round < 5; round += 1) {
      const { output } = await sandbox.exec({ command: 'sleep 0.05; echo clean' });
      expect(output.head.toString()).toBe('clean\n');
    }
  } finally {
    await sandbox.dispose();
  }
});
