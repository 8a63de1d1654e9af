import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { processContract } from '../../test/process-contract.ts';
import { containerConfig, DEFAULT_LIMITS } from './container.ts';
import { createDockerSandbox } from './create.ts';
import { locateEngine, openEngine } from './engine.ts';

const dockerfile = join(import.meta.dirname, '../../Dockerfile');

/** An image with a POSIX shell (BusyBox) and nothing else. */
const BARE_IMAGE = 'drydock-test-busybox';

async function makeSandbox({
  image = null,
  pids = DEFAULT_LIMITS.pids,
}: {
  image?: string | null;
  pids?: number;
} = {}) {
  const docker = await openEngine(await locateEngine(process.env));
  const sandbox = createDockerSandbox(Promise.resolve(docker), {
    sessionId: 'contract',
    image,
    dockerfile,
    network: 'none',
    env: {},
    limits: { ...DEFAULT_LIMITS, pids },
    onProgress: () => undefined,
  });
  await sandbox.ready;
  return sandbox;
}

processContract('docker', makeSandbox);
processContract('docker, an image with a shell only', () => makeSandbox({ image: BARE_IMAGE }));

it('a container has no network, no capability, no new privileges, no mount and bounded memory and processes', () => {
  const { HostConfig, Labels } = containerConfig({
    image: 'any',
    sessionId: 's1',
    network: 'none',
    limits: DEFAULT_LIMITS,
    podman: false,
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
      command: `printf 'E %s 0 \\n' nonce; printf 'E nonce 0 2 7\\n' >&2; exit 9`,
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

describe.each([
  ['the image of ours', null],
  ['an image with a shell only', BARE_IMAGE],
])('a process that has cleared its environment and left its session and its parent, %s', (_name, image) => {
  /** Starts one that runs `then`, and waits until it has written its pid. */
  const away = (name: string, then: string) =>
    `(env -i PATH="$PATH" setsid sh -c 'sh -c "echo \\$\\$ >${name}; ${then}" & :' &) ; until [ -s ${name} ]; do sleep 0.02; done`;
  const inSandbox = async (test: (sandbox: Awaited<ReturnType<typeof makeSandbox>>) => Promise<void>) => {
    const sandbox = await makeSandbox({ image });
    try {
      await test(sandbox);
    } finally {
      await sandbox.dispose();
    }
  };
  const fates = async (sandbox: Awaited<ReturnType<typeof makeSandbox>>, ...names: string[]) => {
    const look = names.map((name) => `kill -0 $(cat ${name}) 2>/dev/null && echo live || echo gone`).join('\n');
    return (await sandbox.exec({ command: look })).output.head.toString().trim().split('\n');
  };

  it('dies at the timeout of its command, and no process of another command does', () =>
    inSandbox(async (sandbox) => {
      await sandbox.exec({ command: away('before', 'exec sleep 300 >/dev/null 2>&1') });
      const other = await sandbox.spawn({ command: `${away('beside', 'exec sleep 300')}; exec sleep 300` });
      await sandbox.exec({ command: 'until [ -s beside ]; do sleep 0.02; done' });
      const killed = await sandbox.spawn({
        command: `${away('mine', 'exec sleep 300 >/dev/null 2>&1')}; echo ready; exec sleep 300`,
      });
      await vi.waitFor(() => expect(killed.poll().head.toString()).toContain('ready'), { timeout: 60_000 });
      expect(await fates(sandbox, 'before', 'beside', 'mine')).toEqual(['live', 'live', 'live']);
      await killed.kill();
      expect(await fates(sandbox, 'before', 'beside', 'mine')).toEqual(['live', 'live', 'gone']);
      await other.kill();
      expect(await fates(sandbox, 'before', 'beside')).toEqual(['live', 'gone']);
    }));

  it('writes into no later output', () =>
    inSandbox(async (sandbox) => {
      await sandbox.exec({ command: away('noisy', 'while :; do echo noise; sleep 0.01; done') });
      for (let round = 0; round < 5; round += 1) {
        const { output } = await sandbox.exec({ command: 'sleep 0.05; echo clean' });
        expect(output.head.toString()).toBe('clean\n');
      }
      expect(await fates(sandbox, 'noisy')).toEqual(['live']);
    }));
});

describe.each([
  ['the image of ours', null],
  ['an image with a shell only', BARE_IMAGE],
])('a sandbox at its limit of processes, %s', (_name, image) => {
  const NOTICE = '[drydock: the sandbox was at its limit of 128 processes, so all processes in it were ended first]\n';
  // This shell ends when it cannot fork; the children stay.
  const FILL = `sh -c 'while :; do sleep 300 & done' >/dev/null 2>&1`;
  // This one says so, and stays with them. How long it takes to get there is the machine's affair.
  const FILL_AND_STAY = `sh -c '(while :; do sleep 300 & done) 2>/dev/null; echo full; exec sleep 300'`;
  const inSandbox = async (test: (sandbox: Awaited<ReturnType<typeof makeSandbox>>) => Promise<void>) => {
    const sandbox = await makeSandbox({ image, pids: 128 });
    try {
      await test(sandbox);
    } finally {
      await sandbox.dispose();
    }
  };
  const fillUp = async (sandbox: Awaited<ReturnType<typeof makeSandbox>>) => {
    const bomb = await sandbox.spawn({ command: FILL_AND_STAY });
    await vi.waitFor(() => expect(bomb.poll().head.toString()).toContain('full'), { timeout: 60_000, interval: 100 });
    return bomb;
  };
  const textOf = async (running: ReturnType<Awaited<ReturnType<typeof makeSandbox>>['exec']>) => {
    const { output, reason } = await running;
    return [reason, Buffer.concat([output.head, output.tail]).toString()];
  };

  it('is emptied when a command has left it full; the next command is told, once', () =>
    inSandbox(async (sandbox) => {
      await sandbox.exec({ command: FILL });
      expect(await textOf(sandbox.exec({ command: 'echo one | cat' }))).toEqual(['exited', `${NOTICE}one\n`]);
      expect(await textOf(sandbox.exec({ command: 'echo two | cat' }))).toEqual(['exited', 'two\n']);
    }));

  it('is emptied for the next command while the one that fills it still runs, which is lost', () =>
    inSandbox(async (sandbox) => {
      const bomb = await fillUp(sandbox);
      expect(await textOf(sandbox.exec({ command: 'echo after | cat' }))).toEqual(['exited', `${NOTICE}after\n`]);
      expect((await bomb.ended).reason).toBe('lost');
    }));

  it('ends the command that fills it at its timeout', () =>
    inSandbox(async (sandbox) => {
      for (let timeoutMs = 1500, full = false; !full; timeoutMs *= 2) {
        const { reason, output } = await sandbox.exec({ command: FILL_AND_STAY, timeoutMs });
        // The reserve, where it is still being opened, finds the sandbox full and has it emptied before the timeout.
        if (reason === 'lost') continue;
        expect(reason).toBe('timeout');
        full = output.head.toString().includes('full');
      }
      // A lane that was being opened for the kill may be what filled it: then there is room again, and no notice.
      const [reason, text = ''] = await textOf(sandbox.exec({ command: 'echo after | cat' }));
      expect([reason, text.replace(NOTICE, '')]).toEqual(['exited', 'after\n']);
    }));

  it('is emptied for a command that takes stdin, which gets all of it', () =>
    inSandbox(async (sandbox) => {
      await fillUp(sandbox);
      const child = await sandbox.spawn({ command: 'cat | cat', stdin: true });
      child.write('all of it');
      child.closeStdin();
      expect(await textOf(child.ended)).toEqual(['exited', `${NOTICE}all of it`]);
    }));

  it('serves reads and writes of files without a flaw while it fills up', () =>
    inSandbox(async (sandbox) => {
      await sandbox.writeFile('kept', 'kept');
      const bomb = await sandbox.spawn({ command: FILL_AND_STAY });
      let over = false;
      bomb.ended.then(() => {
        over = true;
      });
      for (let round = 0; !over; round += 1) {
        await sandbox.writeFile('round', `${round}`);
        const read = await Promise.all(['kept', 'round'].map((path) => sandbox.readFile(path)));
        expect(read.map(({ bytes }) => bytes.toString())).toEqual(['kept', `${round}`]);
      }
      expect((await bomb.ended).reason).toBe('lost');
    }));

  it('is emptied although a command has killed every lane before', () =>
    inSandbox(async (sandbox) => {
      expect((await sandbox.exec({ command: 'kill -9 -1; sleep 1' })).reason).toBe('lost');
      await sandbox.exec({ command: FILL });
      expect(await textOf(sandbox.exec({ command: 'echo on | cat' }))).toEqual(['exited', `${NOTICE}on\n`]);
    }));
});
