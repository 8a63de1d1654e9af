import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { attachLane, DEFAULT_LIMITS, removeContainer, type StartedContainer, startContainer } from './container.ts';
import { locateEngine, openEngine } from './engine.ts';
import { ensureImage } from './image.ts';
import { type Lane, newNonce, openLane } from './lane.ts';
import { commandScript } from './lane-script.ts';

const dockerfile = join(import.meta.dirname, '../../Dockerfile');

/** A child of its parent's parent (CLONE_PARENT), which is the lane; it outlives the command. */
const CLONED = `python3 -c '
import ctypes, os, signal
if ctypes.CDLL(None).syscall({"x86_64": 56, "aarch64": 220}[os.uname().machine], 0x8000 | signal.SIGCHLD, 0, 0, 0, 0) == 0:
    os.dup2(os.open("/dev/null", os.O_RDWR), 1)
    os.execvp("sleep", ["sleep", "300"])
'`;

describe.each([
  ['the image of ours', null],
  ['an image with a shell only', 'drydock-test-busybox'],
])('the orphans that a lane lists at the end of a command, %s', (_name, name) => {
  let started: StartedContainer;
  let lanes: Lane[];
  beforeAll(async () => {
    const docker = await openEngine(await locateEngine(process.env));
    const image = await ensureImage(docker, { image: name, dockerfile, onProgress: () => undefined });
    const limits = DEFAULT_LIMITS;
    const options = { image: image.name, sessionId: 'orphans', network: 'none', limits, podman: false } as const;
    started = await startContainer(docker, options, () => undefined);
    lanes = [];
    for (let count = 0; count < 2; count += 1) {
      lanes.push(await openLane(await attachLane(started.container, image.user, {})));
    }
  });
  afterAll(() => removeContainer(started.container));

  /** Those that earlier commands have left. */
  const before = new Set<number>();
  /** Runs a command on a lane; gives what was printed so far, and the orphans at its end that are new, each once. */
  const begin = (index: number, command: string) => {
    const lane = lanes[index];
    if (!lane) throw new Error(`no lane ${index}`);
    const nonce = newNonce();
    const run = { id: '0123456789abcdef', nonce, command, cwd: '/tmp', env: {}, pidsLimit: 1024, inheritStdin: false };
    let printed = '';
    const onOutput = (data: Buffer) => {
      printed += data.toString();
    };
    const ended = lane.run({ nonce, script: commandScript(lane.hello, run), onOutput }).then((end) => {
      if (end === null || end === 'full') throw new Error(`the command was not run: ${end}`);
      expect(end.orphans).toEqual(expect.arrayContaining([...started.own]));
      const left = end.orphans.filter((pid) => !started.own.includes(pid) && !before.has(pid));
      for (const pid of left) before.add(pid);
      return left;
    });
    return { printed: () => printed.trim(), ended };
  };
  const run = async (command: string) => {
    const { printed, ended } = begin(0, command);
    return { orphans: await ended, printed: printed() };
  };

  it('are none where nothing outlives it, whatever else runs', async () => {
    const other = begin(1, 'until [ -e over ]; do sleep 0.02; done & echo begun; wait');
    await vi.waitFor(() => expect(other.printed()).not.toBe(''), { timeout: 30_000 });
    expect((await run('sh -c "sh -c : | cat"; (sleep 0; :)')).orphans).toEqual([]);
    await run('touch over');
    await other.ended;
  });

  it.each([
    ['in the background', 'sleep 300 >/dev/null 2>&1 & echo $!'],
    ['in a session of its own, without its environment', 'env -i setsid sleep 300 >/dev/null 2>&1 & echo $!'],
    ['forked twice', '(sleep 300 >/dev/null 2>&1 & echo $!)'],
  ])('have what it leaves %s', async (_how, command) => {
    const { orphans, printed } = await run(command);
    expect(orphans.map(String)).toEqual([printed]);
  });

  it('have the top of what it leaves, where that is a tree', async () => {
    const { orphans, printed } = await run("sh -c 'sleep 300; :' >/dev/null 2>&1 & echo $!");
    expect(orphans.map(String)).toEqual([printed]);
  });

  it.skipIf(name !== null)('have what it has made a child of the lane', async () => {
    expect((await run(CLONED)).orphans).toHaveLength(1);
  });
});
