/** The limits of a container on the real engine: what is over is ended and told, and the sandbox goes on. */
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { LimitBreach } from '../sandbox.ts';
import { type ContainerLimits, DEFAULT_LIMITS } from './container.ts';
import { createDockerSandbox } from './create.ts';
import { locateEngine, openEngine } from './engine.ts';

vi.setConfig({ testTimeout: 180_000 });

const MiB = 1024 ** 2;

async function withLimits(
  limits: Partial<ContainerLimits>,
  test: (run: (command: string) => Promise<{ reason: string; text: string }>, breaches: LimitBreach[]) => Promise<void>,
) {
  const breaches: LimitBreach[] = [];
  const sandbox = createDockerSandbox(locateEngine(process.env).then(openEngine), {
    sessionId: 'limits',
    image: 'drydock-test-busybox',
    dockerfile: join(import.meta.dirname, '../../Dockerfile'),
    network: 'none',
    env: {},
    limits: { ...DEFAULT_LIMITS, ...limits },
    onProgress: () => undefined,
    onBreach: (breach) => void breaches.push(breach),
  });
  try {
    await sandbox.ready;
    await test(async (command) => {
      const { reason, output } = await sandbox.exec({ command });
      return { reason, text: Buffer.concat([output.head, output.tail]).toString() };
    }, breaches);
  } finally {
    await sandbox.dispose();
  }
}

/** Keeps as much as it reads. */
const HOG = 'head -c 300m /dev/zero | tail -c 300m >/dev/null';

it('a command that the kernel killed for its memory is told so, once; others that fail are not', () =>
  withLimits({ memoryBytes: 64 * MiB }, async (run, breaches) => {
    expect((await run('exit 137')).text).toBe('');
    const killed = await run(`printf 'before'; ${HOG}; exit 1`);
    expect(killed.text).toMatch(
      /^before(Killed)?\n\[drydock: the sandbox was at its memory limit of 64 MiB, so the kernel killed a process in it\]\n$/,
    );
    expect(await run('echo next; exit 3')).toEqual({ reason: 'exited', text: 'next\n' });
    expect(breaches).toMatchObject([{ kind: 'memory', limit: 64 * MiB, observed: 1 }]);
  }));

it('without a limit that low the same command is not killed', () =>
  withLimits({}, async (run, breaches) => {
    expect(await run(HOG)).toEqual({ reason: 'exited', text: '' });
    expect(breaches).toEqual([]);
  }));

/** Others write to the same disk, or make room there: it goes on until it is noticed, up to 4 GiB. */
const FILL = fill(80);
const MANY = many(60);

function fill(files: number): string {
  return `i=0; while [ $i -lt ${files} ]; do head -c 50m /dev/zero >f$i; i=$((i + 1)); sleep 0.2; done; echo filled`;
}

function many(folders: number): string {
  return `r=0; while [ $r -lt ${folders} ]; do mkdir d$r; (cd d$r; i=0; while [ $i -lt 1000 ]; do : >$i; i=$((i + 1)); done); r=$((r + 1)); sleep 0.2; done; echo made`;
}

it('as many bytes and files as the tests below allow, and more, are written where the limits are higher', () =>
  withLimits({}, async (run, breaches) => {
    expect((await run(fill(2))).text).toBe('filled\n');
    expect((await run(many(5))).text).toBe('made\n');
    expect((await run('cat f* | wc -c; ls d* | grep -c "^[0-9]"; rm -rf f* d*')).text).toBe(`${100 * MiB}\n5000\n`);
    expect(breaches).toEqual([]);
  }));

it('what writes past the disk limit is ended and told; the model can make room and go on', () =>
  withLimits({ diskBytes: 64 * MiB }, async (run, breaches) => {
    const filled = await run(`echo begun; ${FILL}`);
    expect(filled.reason).toBe('killed');
    expect(filled.text).toMatch(
      /^begun\n\[drydock: .* were written in the sandbox, over its disk limit of 64 MiB: all processes in it were ended; delete what is not needed\]\n$/,
    );
    expect((await run('rm -f f*; echo removed')).text).toMatch(
      /^\[drydock: .*over its disk limit of 64 MiB: delete what is not needed before anything else\]\nremoved\n$/,
    );
    expect((await run('echo as before')).text).toBe('as before\n');
    expect(breaches).toMatchObject([{ kind: 'disk', limit: 64 * MiB }]);
    expect(breaches[0]?.observed).toBeGreaterThan(64 * MiB);
  }));

it('what writes on in spite of that has its sandbox stopped, with the reason', async () => {
  await withLimits({ diskBytes: 64 * MiB }, async (run, breaches) => {
    const again = async (): Promise<unknown> => {
      for (let round = 0; round < 20; round += 1) {
        const { reason } = await run(FILL.replaceAll('f$i', `g${round}.$i`));
        if (reason === 'lost') break;
      }
      return run('echo still there').catch((error: unknown) => error);
    };
    await again();
    expect(breaches.at(-1)?.text).toContain('it went on growing after its processes were ended, so it was stopped');
  });
});

it('what makes more files than allowed is ended and told', () =>
  withLimits({ inodes: 4_000 }, async (run, breaches) => {
    const made = await run(MANY);
    expect(made.reason).toBe('killed');
    expect(made.text).toMatch(/\[drydock: the sandbox has \d+ files, over its limit of 4000: all processes/);
    expect(breaches).toMatchObject([{ kind: 'inodes', limit: 4_000 }]);
  }));

it('a file system that is full for another reason is not taken for a limit', () =>
  withLimits({}, async (run, breaches) => {
    expect((await run('dd if=/dev/zero of=/dev/shm/x bs=1M count=100')).text).toMatch(/No space left on device$/m);
    expect(breaches).toEqual([]);
  }));
