/** What keeps a container alive when its owner has gone, and how it is taken over; see also test/takeover.test.ts. */
import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { afterAll, describe, expect, it } from 'vitest';
import { claimContainer } from './adopt.ts';
import { containerConfig, DEFAULT_LIMITS, keeperScript, listen, mainScript, removeContainer } from './container.ts';
import { locateEngine, openEngine } from './engine.ts';
import { LANE_SHELL } from './lane-script.ts';

/** An image with a POSIX shell (BusyBox) and nothing else. */
const IMAGE = 'drydock-test-busybox';
const USER = '1000:1000';
const docker = await openEngine(await locateEngine(process.env));

const made: Docker.Container[] = [];
afterAll(() => Promise.all(made.map(removeContainer)));

/** A container of an owner, who is gone once `leave` was called. */
async function start(
  sessionId: string,
  graceSeconds?: number,
  pids = DEFAULT_LIMITS.pids,
): Promise<{ container: Docker.Container; leave: () => void }> {
  const config = containerConfig({
    image: IMAGE,
    sessionId,
    network: 'none',
    limits: { ...DEFAULT_LIMITS, pids },
    podman: false,
  });
  const container = await docker.createContainer({
    ...config,
    Entrypoint: ['/bin/sh', '-c', mainScript(graceSeconds)],
  });
  made.push(container);
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  const { numbers } = listen(stream, 'ready');
  await container.start();
  await numbers;
  return { container, leave: () => stream.end() };
}

async function keep(container: Docker.Container, graceSeconds: number): Promise<Duplex> {
  const attached = { AttachStdin: true, AttachStdout: true, AttachStderr: true, User: '0:0' };
  const exec = await container.exec({ Cmd: ['/bin/sh', '-c', keeperScript(graceSeconds)], ...attached });
  const stream = await exec.start({ hijack: true, stdin: true });
  await listen(stream, 'kept').numbers;
  return stream;
}

/** What a command of the agent's user says. */
async function say(container: Docker.Container, command: string): Promise<string> {
  const attached = { AttachStdout: true, AttachStderr: true, User: USER, Tty: true };
  const exec = await container.exec({ Cmd: ['/bin/sh', '-c', command], ...attached });
  const stream = await exec.start({ hijack: true, stdin: false, Tty: true });
  let said = '';
  for await (const chunk of stream) said += String(chunk);
  return said.replaceAll('\r\n', '\n');
}

const running = async (container: Docker.Container): Promise<boolean> =>
  container.inspect().then(
    ({ State }) => State.Running,
    () => false,
  );

const claimOf = (sessionId: string, container: Docker.Container | null) =>
  claimContainer(docker, { sessionId, container: container?.id ?? null, user: USER, pidsLimit: DEFAULT_LIMITS.pids });

describe('a container whose owner has gone', () => {
  it('ends by itself after the grace', async () => {
    const { container, leave } = await start(`adopt-grace-${randomUUID()}`, 1);
    const ended = container.wait();
    leave();
    await ended;
  });

  it('ends after the grace though a command has filled it with processes', async () => {
    const pids = 32;
    const { container, leave } = await start(`adopt-full-${randomUUID()}`, 1, pids);
    // The shell dies of its last fork, which leaves room for one more.
    const fill = '(while kill -0 $$; do :; done; sleep 3000 & wait) 2>/dev/null & while :; do sleep 3000 & done';
    const Cmd = ['/bin/sh', '-c', fill];
    await (await container.exec({ Cmd, User: USER })).start({ Detach: true });
    await expect.poll(async () => (await container.top()).Processes.length, { timeout: 30_000 }).toBe(pids);
    const ended = container.wait();
    leave();
    await ended;
  });

  it('stays for a keeper, and ends after the grace when that has gone too', async () => {
    const { container, leave } = await start(`adopt-keeper-${randomUUID()}`, 3600);
    leave();
    const keeper = await keep(container, 1);
    // The first grace has been ended, so that nothing but the keeper holds the container.
    expect(await say(container, 'cat /proc/[0-9]*/comm | grep -c sleep')).toBe('0\n');
    expect(await running(container)).toBe(true);
    const ended = container.wait();
    keeper.destroy();
    await ended;
  });

  it('is neither kept nor ended by a command of the agent, who cannot touch what decides about it', async () => {
    const { container, leave } = await start(`adopt-forge-${randomUUID()}`, 3600);
    const folder = LANE_SHELL.slice(0, LANE_SHELL.lastIndexOf('/'));
    const forge = `cd ${folder}; (: >owned); (echo 1 >holder); (echo 1 >main); rm -f owned holder main; mv owned x; kill -9 -1 1 7; ls`;
    leave();
    const keeper = await keep(container, 3600);
    const said = await say(container, forge);
    expect(said.match(/ermission denied/g)?.length).toBeGreaterThanOrEqual(3);
    expect(await say(container, `ls -ln ${folder}`)).toMatch(/prw-------\s+1 0 +0 .* owned/);
    expect(await running(container)).toBe(true);
    keeper.destroy();
  });
});

describe('a claim', () => {
  it('takes the named container over, with its files and without its processes, and removes all others', async () => {
    const session = `adopt-claim-${randomUUID()}`;
    const [mine, other] = [await start(session), await start(session)];
    const file = 'echo kept >/workspace/file; nohup sleep 3000 >/dev/null 2>&1 & sleep 3001 & echo done';
    expect(await say(mine.container, file)).toContain('done');
    mine.leave();
    other.leave();
    const taken = await claimOf(session, mine.container);
    expect(taken?.container.id).toBe(mine.container.id);
    const left = await say(mine.container, 'cat /workspace/file; cat /proc/[0-9]*/comm | grep -c sleep');
    expect(left).toBe('kept\n0\n');
    expect(await running(other.container)).toBe(false);
    await removeContainer(mine.container);
    await taken?.gone;
  });

  it('of a container that is gone, or of none, gives none', async () => {
    const session = `adopt-none-${randomUUID()}`;
    const { container } = await start(session);
    expect(await claimOf(session, null)).toBeNull();
    expect(await running(container)).toBe(false);
    expect(await claimOf(session, container)).toBeNull();
  });
});
