/** Privileges of the kernel: what the agent's user, and even root in the container, cannot get; and where one could. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { beforeAll, describe, expect, it } from 'vitest';
import { locateEngine } from '../../sandbox/index.ts';
import { temporaryFolder } from '../harness.ts';
import { buildProbe, hostConfig, PROBE, startTarget, type Target } from './targets.ts';

const agent = async ({ run }: Target, question: string): Promise<string> =>
  (await run(`${PROBE} ${question}`)).text.trim();
const root = async ({ asRoot }: Target, question: string): Promise<string> =>
  (await asRoot(`${PROBE} ${question}`)).trim();

let ours: Target;
const weakened = async (without: (config: Docker.ContainerCreateOptions) => void): Promise<Target> => {
  const target = await startTarget({ without });
  await buildProbe(target);
  return target;
};
beforeAll(async () => {
  ours = await startTarget();
  await buildProbe(ours);
});

describe('the seccomp profile', () => {
  let off: Target;
  beforeAll(async () => {
    off = await weakened((config) => hostConfig(config).SecurityOpt?.push('seccomp=unconfined'));
  });

  it.each(['keyring', 'userns'])('denies %s, which is granted without it', async (question) => {
    expect(await agent(off, question)).toBe('granted');
    expect(await agent(ours, question)).toBe('EPERM');
  });

  it('denies the tool unshare a user namespace, in which it would be root', async () => {
    const command = 'unshare --version >/dev/null && unshare -Ur id -u';
    expect((await off.run(command)).text).toBe('0\n');
    expect((await ours.run(command)).text).toMatch(/^unshare: unshare failed: Operation not permitted/);
  });
});

describe('no new privileges', () => {
  // su has the setuid bit, and waits for a password.
  const whoIsSu = `sleep 20 | su -c true & pid=$!; until grep -q '^Name:.*su$' /proc/$pid/status; do sleep 0.02; done
awk '/^Uid:/ { print "effective", $3 }' /proc/$pid/status; kill %1`;

  it('takes the effect from a program with the setuid bit, which would run as root without it', async () => {
    expect((await ours.run('ls -l /usr/bin/su')).text).toMatch(/^-rwsr-xr-x 1 root root/);
    const off = await startTarget({
      without: (config) => {
        hostConfig(config).SecurityOpt = [];
      },
    });
    expect((await off.run(whoIsSu)).text).toContain('effective 0\n');
    expect((await ours.run(whoIsSu)).text).toContain('effective 1000\n');
  });
});

describe('no capabilities: even root in the container', () => {
  let off: Target;
  beforeAll(async () => {
    off = await weakened((config) => {
      hostConfig(config).CapDrop = [];
    });
  });

  it.each([
    ['gives no file away', 'chown /etc/hostname'],
    ['becomes nobody else', 'setuid'],
    ['makes no device', 'device /tmp/null'],
    ['forges no packets', 'packets'],
  ])('%s, and would with those of the engine’s default', async (_name, question) => {
    expect(await root(off, question)).toBe('granted');
    expect(await root(ours, question)).toBe('EPERM');
    expect(await agent(ours, question)).toBe('EPERM');
  });

  it.each([
    ['reaches no process of the agent’s user', 'kill'],
    ['reaches no memory of the agent’s user', 'attach'],
  ])('%s, and would with KILL and SYS_PTRACE', async (_name, question) => {
    const more = await weakened((config) => {
      hostConfig(config).CapAdd = ['KILL', 'SYS_PTRACE'];
    });
    for (const [target, answer] of [
      [more, 'granted'],
      [ours, 'EPERM'],
    ] as const) {
      const sleeping = await target.sandbox.spawn({ command: 'echo $$ >/tmp/sleeping; exec sleep 60' });
      const pid = (await target.run('until [ -s /tmp/sleeping ]; do sleep 0.02; done; cat /tmp/sleeping')).text.trim();
      expect(await root(target, `${question} ${pid}`)).toBe(answer);
      await sleeping.kill();
    }
  });

  // The kernel itself denies both to all others: what is left to show is that a capability would be enough.
  it.each(['bpf', 'mount /mnt'])('is denied %s, and would be granted it with SYS_ADMIN', async (question) => {
    const more = await weakened((config) => {
      hostConfig(config).CapAdd = ['SYS_ADMIN'];
      // Where there is AppArmor, it denies mounts too.
      hostConfig(config).SecurityOpt?.push('apparmor=unconfined');
    });
    expect(await root(more, question)).toBe('granted');
    expect(await root(ours, question)).toBe('EPERM');
    expect(await agent(ours, question)).toBe('EPERM');
  });
});

describe('users', () => {
  it('a process is traced within the agent’s user, which the profile allows, and not across users', async () => {
    const traced = await ours.run(`sleep 60 & ${PROBE} attach $!; kill $!; ${PROBE} attach 1`);
    expect(traced.text).toBe('granted\nEPERM\n');
    expect(await root(ours, 'attach 1')).toBe('granted');
  });

  it('the container’s main process cannot be killed by the agent’s user, and can by its own', async () => {
    const main = (await ours.asRoot('pgrep -U 0 -x cat')).trim();
    expect(main).toMatch(/^\d+$/);
    expect(await root(ours, `kill ${main}`)).toBe('granted');
    expect(await agent(ours, `kill ${main}`)).toBe('EPERM');
  });
});

describe('the host', () => {
  it('its engine’s socket is not there, and root could speak to it if it were', async ({ skip }) => {
    const engine = await locateEngine(process.env);
    if (engine.protocol !== 'socket') return skip('the engine has no socket on this machine');
    const off = await startTarget({
      without: (config) => {
        hostConfig(config).Binds = [`${engine.socketPath}:/var/run/docker.sock`];
      },
    });
    const ask = 'curl -sS --max-time 10 --unix-socket /var/run/docker.sock http://engine/version 2>&1';
    expect(await off.asRoot(ask)).toContain('"ApiVersion"');
    expect(await ours.asRoot(ask)).toMatch(/^curl: \(7\)/);
    expect(await ours.asRoot('find / -xdev -type s 2>/dev/null; echo searched')).toBe('searched\n');
  });

  it('none of its folders is mounted, and root could write to one that were', async () => {
    const folder = join(temporaryFolder(), 'shared');
    mkdirSync(folder);
    const off = await startTarget({
      without: (config) => {
        hostConfig(config).Binds = [`${folder}:/mnt`];
      },
    });
    const write = 'echo in >/mnt/from-the-container; ls /mnt';
    expect(await off.asRoot(write)).toBe('from-the-container\n');
    expect(readdirSync(folder)).toEqual(['from-the-container']);
    expect(await ours.asRoot(write)).toBe('from-the-container\n');
    expect(readdirSync(folder)).toEqual(['from-the-container']);
    // Of all mounts only the engine's own files are on a disk of the host.
    const disks = `awk '{ for (i = 7; $i != "-"; i++); print $(i + 1), $5 }' /proc/self/mountinfo |
grep -vE '^(overlay|proc|sysfs|tmpfs|devpts|mqueue|cgroup2?) ' | cut -d' ' -f2 | grep -v '/docker-init$' | sort`;
    expect((await ours.run(disks)).text).toBe('/etc/hostname\n/etc/hosts\n/etc/resolv.conf\n');
    expect((await off.run(disks)).text).toContain('/mnt\n');
  });

  it('its kernel’s settings are read-only for root, who could write them if the engine did not see to it', async () => {
    const off = await startTarget({
      without: (config) => {
        hostConfig(config).ReadonlyPaths = [];
      },
    });
    // A setting that each container has for itself: the machine's own stays as it is.
    const write = 'echo owned >/proc/sys/kernel/domainname; cat /proc/sys/kernel/domainname';
    expect(await off.asRoot(write)).toBe('owned\n');
    expect(await ours.asRoot(write)).toContain('Read-only file system');
    expect(await ours.asRoot(write)).not.toContain('owned\n');
  });
});
