/**
 * What a command can take from the machine, and what it leaves behind. Each tool is bounded by itself, so that it harms nobody
 * where its defence is off. A bomb of the command line's own size is in `session.heavy.ts`.
 */
import { describe, expect, it, vi } from 'vitest';
import { hostConfig, plainExec, startTarget, type Target } from './targets.ts';

/** Waits until a file in the sandbox has text, and gives it. */
const textIn = async ({ run }: Target, path: string): Promise<string> =>
  (await run(`until [ -s ${path} ]; do sleep 0.02; done; cat ${path}`)).text.trim();

const fate = async ({ run }: Target, pid: string): Promise<string> =>
  (
    await run(`[ -d /proc/${pid} ] && ! grep -q '^State:.*Z' /proc/${pid}/status && echo live || echo gone`)
  ).text.trim();

describe('processes', () => {
  const bomb = `cat >/tmp/bomb.py <<'END'
import os, signal, time
children = []
try:
    while len(children) < 150:
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        children.append(child)
except OSError as error:
    print(error.strerror)
print('forked', len(children), flush=True)
for child in children:
    os.kill(child, signal.SIGKILL)
END
python3 /tmp/bomb.py`;

  it('a bomb of 150 forks is stopped at a limit of 96, and goes off where the limit is above it', async () => {
    const off = await startTarget();
    expect((await off.run(bomb)).text).toBe('forked 150\n');
    const ours = await startTarget({ pids: 96 });
    const { text } = await ours.run(bomb);
    expect(text).toMatch(/^Resource temporarily unavailable\nforked \d+\n$/);
    expect(Number(/\d+/.exec(text)?.[0])).toBeLessThan(96);
    expect((await ours.run('echo on | cat')).text).toMatch(/on\n$/);
  });

  it('five orphans that have ended are reaped, and stay as zombies without an init process', async () => {
    const orphans = 'for i in 1 2 3 4 5; do (setsid sh -c "exit 0" & :); done';
    const zombies = `grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l`;
    const off = await startTarget({
      without: (config) => {
        hostConfig(config).Init = false;
      },
    });
    const ours = await startTarget();
    for (const [target, left] of [
      [off, '5\n'],
      [ours, '0\n'],
    ] as const) {
      expect((await target.run(`${orphans}; echo sown`)).text).toBe('sown\n');
      await vi.waitFor(async () => expect((await target.run(zombies)).text).toBe(left), { timeout: 30_000 });
    }
  });

  it('what starts a session, forks twice or clears its environment dies with a timeout, and outlives a kill of the leader', async () => {
    const ours = await startTarget();
    // Each one writes its pid; the last has no mark in its environment.
    const away = (name: string) => `sh -c "echo \\$\\$ >/tmp/${name}; exec sleep 300" >/dev/null 2>&1`;
    const command = `rm -f /tmp/[abcd]; setsid ${away('a')} & (setsid ${away('b')} &); (${away('c')} &)
(env -i setsid ${away('d')} &); exec sh -c "echo \\$\\$ >/tmp/leader; exec sleep 300"`;
    const pids = async () => {
      const found: string[] = [];
      for (const name of ['a', 'b', 'c', 'd']) found.push(await textIn(ours, `/tmp/${name}`));
      return found;
    };
    const fates = async (all: readonly string[]) => Promise.all(all.map((pid) => fate(ours, pid)));

    const first = await ours.sandbox.spawn({ command });
    const left = await pids();
    await ours.run(`kill -9 ${await textIn(ours, '/tmp/leader')}`);
    expect((await first.ended).exitCode).toBe(137);
    expect(await fates(left)).toEqual(['live', 'live', 'live', 'live']);

    const second = await ours.sandbox.spawn({ command: `sleep 0.1; ${command}` });
    await ours.run(`until [ "$(cat /tmp/d)" != ${left[3]} ]; do sleep 0.02; done`);
    const caught = await pids();
    const beside = await ours.sandbox.spawn({ command: 'echo $$ >/tmp/beside; exec sleep 300' });
    await second.kill();
    expect(await fates(caught)).toEqual(['gone', 'gone', 'gone', 'gone']);
    expect(await fates([await textIn(ours, '/tmp/beside')])).toEqual(['live']);
    await beside.kill();
  });

  it('a child that holds the output open holds up no command, and holds up a plain exec', async () => {
    const ours = await startTarget();
    const holder = (name: string) =>
      `(until [ -e /tmp/go-${name} ]; do sleep 0.05; done; echo late) & echo $$ >/tmp/left-${name}; echo started`;
    let over = false;
    const plain = plainExec(ours.container, holder('plain'), '1000:1000').finally(() => {
      over = true;
    });
    const leader = await textIn(ours, '/tmp/left-plain');
    await vi.waitFor(async () => expect(await fate(ours, leader)).toBe('gone'), { timeout: 30_000 });
    expect(over).toBe(false);
    await ours.run('touch /tmp/go-plain');
    expect(await plain).toBe('started\nlate\n');
    // The file that its child waits for is not there, and never comes.
    expect(await ours.run(holder('ours'))).toEqual({ code: 0, text: 'started\n' });
  });
});

describe('memory', () => {
  const bomb = `python3 -c "
held = bytearray(256 << 20)
for at in range(0, len(held), 4096): held[at] = 1
print('held', len(held) >> 20)"`;

  it('256 MiB end a command with a limit of 128 and not its sandbox, and are had without one', async () => {
    const off = await startTarget({
      without: (config) => {
        hostConfig(config).Memory = 0;
        hostConfig(config).MemorySwap = 0;
      },
    });
    expect((await off.run(bomb)).text).toBe('held 256\n');
    const ours = await startTarget({ memoryBytes: 128 * 1024 ** 2 });
    const { code, text } = await ours.run(`${bomb}; echo "ended with $?"`);
    expect(text).not.toContain('held 256\n');
    // The kernel takes the largest process, which is the bomb and not the shell that reports.
    expect([code, text]).toEqual([0, expect.stringMatching(/ended with 137\n$/)]);
    expect((await ours.run('echo on | cat')).text).toBe('on\n');
  });
});

describe('processor', () => {
  // A round is some 50 ms of work; ten rounds are a bound, not a measure.
  const spin = (
    rounds: number,
  ) => `stat=$(ls /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat 2>/dev/null | head -n 1)
for round in $(seq ${rounds}); do
  i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done
  [ "$(awk '/nr_throttled/ { print $2 }' $stat || echo 0)" -gt 0 ] && break
done
awk '/nr_throttled/ { print ($2 > 0) ? "throttled" : "free" }' $stat; grep -q nr_throttled $stat || echo free`;

  it('a spin is held back by a share of a processor, and runs free without one', async () => {
    const off = await startTarget();
    expect((await off.run(spin(10))).text).toBe('free\n');
    const ours = await startTarget({ cpus: 0.1 });
    expect((await ours.run(spin(400))).text).toBe('throttled\n');
  });

  it('a spin ends at its timeout, and goes on without one', async () => {
    const ours = await startTarget();
    const endless = 'echo $$ >/tmp/spinner; while :; do sleep 0.001; done';
    const free = await ours.sandbox.spawn({ command: endless });
    const spinner = await textIn(ours, '/tmp/spinner');
    const { reason } = await ours.sandbox.exec({ command: 'while :; do :; done', timeoutMs: 500 });
    expect(reason).toBe('timeout');
    expect(await fate(ours, spinner)).toBe('live');
    await free.kill();
    expect(await fate(ours, spinner)).toBe('gone');
  });
});

describe('output', () => {
  it('of a flood of 32 MiB head and tail are kept, and all of it where the caller sets no lower bound', async () => {
    const { sandbox } = await startTarget();
    const bytes = 32 * 1024 ** 2;
    const command = `yes flood | head -c ${bytes}`;
    const kept = async (maxOutputBytes?: number) => {
      const { output } = await sandbox.exec({ command, ...(maxOutputBytes ? { maxOutputBytes } : {}) });
      return [output.totalBytes, output.head.length + output.tail.length];
    };
    expect(await kept(bytes)).toEqual([bytes, bytes]);
    expect(await kept()).toEqual([bytes, 1024 ** 2]);
  });
});
