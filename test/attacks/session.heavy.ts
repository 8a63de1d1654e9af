/**
 * A model that does its worst in the sandbox: the exported change is what the files say, or a refusal names the cause;
 * and nothing of it reaches the host.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type FinishedRun, leftOnEngine, makeRepository, run, shellTurn, startRun } from '../harness.ts';

// Three at once on two shared cores.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

/** Plays shell commands one after another; every result's text comes back beside the run. */
async function play(commands: readonly string[], settings: Parameters<typeof run>[1] = {}) {
  const finished = await run(
    commands.map((command) => shellTurn(command)),
    settings,
  );
  const texts = finished.requests.at(-1)?.toolResults.map(({ text }) => text) ?? [];
  expect(await leftOnEngine(finished.session.id)).toEqual([]);
  return { ...finished, texts };
}

/** The paths of the branch, in order; names with odd bytes as git quotes them. */
function pathsOf({ repository, session }: FinishedRun): string[] {
  return repository.git('ls-tree', '-r', '--name-only', `drydock/${session.id}`).split('\n');
}

const MEND = "sed -i 's/a - b/a + b/' sum.js";

describe.concurrent('whatever becomes of .git, the branch is the base and one commit with what the files say', () => {
  it.for([
    ['is deleted', 'rm -rf .git'],
    ['is initialised anew', 'rm -rf .git; git init -q; git add -A; git commit -qm new'],
    ['is a file of garbage', 'rm -rf .git; head -c 100000 /dev/urandom >.git'],
    ['is full of garbage', 'for f in HEAD index config packed-refs; do head -c 9999 /dev/urandom >.git/$f; done'],
    [
      'has its history rewritten',
      'git checkout -q --orphan x; git commit -qm x; git branch -D main; git gc -q --prune=now',
    ],
    ['has commits of the agent', 'git add -A; git commit -qm mine; git reset -q --hard HEAD; git checkout -q --detach'],
    ['is an alias of another', 'mv .git /tmp/elsewhere; echo "gitdir: /tmp/elsewhere" >.git'],
    [
      'has a stale lock',
      'touch .git/index.lock .git/HEAD.lock; echo x >>.git/info/exclude; echo "*" >.git/info/exclude',
    ],
  ] as const)('%s', async ([, attack]) => {
    const finished = await play([MEND, `echo new >new.txt; ${attack}`]);
    expect(finished.code, finished.stderr).toBe(0);
    const { repository, session } = finished;
    expect(repository.git('diff', '--numstat', 'main', `drydock/${session.id}`)).toBe('1\t0\tnew.txt\n1\t1\tsum.js');
    expect(repository.git('rev-list', '--count', `main..drydock/${session.id}`)).toBe('1');
  });

  it('is left in the middle of a merge conflict: the markers are in the files, so they are in the branch', async () => {
    const finished = await play([
      'git checkout -qb side; echo side >sum.js; git commit -qam side; git checkout -q main; echo main >sum.js; git commit -qam main; git merge side',
    ]);
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.repository.git('show', `drydock/${finished.session.id}:sum.js`)).toContain('<<<<<<< HEAD');
  });

  it.for([
    ['without a commit', 'git init -q nested; echo in >nested/in.txt'],
    ['with commits', 'git init -q nested; cd nested; echo in >in.txt; git add -A; git commit -qm in'],
    [
      'added as a link',
      'git init -q nested; (cd nested; echo in >in.txt; git add -A; git commit -qm in); git add nested',
    ],
  ] as const)('has a nested repository beside it, %s: its files are taken in, which is told', async ([, attack]) => {
    const finished = await play([attack]);
    expect(finished.code, finished.stderr).toBe(0);
    expect(pathsOf(finished)).toEqual(['nested/in.txt', 'sum.js', 'test.js']);
    expect(finished.stderr).toContain('the nested repository nested/ was taken in as plain files');
  });
});

describe.concurrent('files that are hard to record', () => {
  it('keeps odd names, bytes that are not UTF-8, modes and symbolic links as they are', async () => {
    const finished = await play([
      "echo 1 >'a b'; echo 2 >\"$(printf 'line\\nbreak')\"; echo 3 >\"$(printf 'caf\\351')\"; echo 4 >-n; echo 5 >'\"q\\'",
      'ln -s /etc/passwd passwd; ln -s ../../outside outside; ln -s nowhere dangling; chmod +x sum.js; printf "\\000\\377" >bin',
    ]);
    expect(finished.code, finished.stderr).toBe(0);
    const { repository, session } = finished;
    const branch = `drydock/${session.id}`;
    expect(new Set(pathsOf(finished))).toEqual(
      new Set([
        'a b',
        '"line\\nbreak"',
        '"caf\\351"',
        '-n',
        '"\\"q\\\\"',
        'passwd',
        'outside',
        'dangling',
        'bin',
        'sum.js',
        'test.js',
      ]),
    );
    expect(repository.git('ls-tree', branch, 'passwd', 'sum.js', 'outside')).toMatch(
      /^120000.*\toutside\n120000.*\tpasswd\n100755.*\tsum.js$/,
    );
    // The link itself, not what it leads to.
    expect(repository.git('show', `${branch}:passwd`)).toBe('/etc/passwd');
    expect(repository.git('show', `${branch}:outside`)).toBe('../../outside');
  });

  it('names what cannot be read, and leaves it as it was in the base', async () => {
    const finished = await play(['echo secret >sum.js; chmod 0 sum.js; echo ok >ok.txt; mkfifo pipe']);
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.stderr).toContain('not taken along: sum.js');
    const { repository, session } = finished;
    expect(repository.git('diff', '--name-only', 'main', `drydock/${session.id}`)).toBe('ok.txt');
  });

  it('refuses, by name, when the workspace cannot be entered', async () => {
    const finished = await play(['rm -rf /workspace/* /workspace/.git; chmod 0 /workspace']);
    expect(finished.code, finished.stderr).toBe(4);
    expect(finished.stderr).toContain(
      'drydock: the tree cannot leave the sandbox: the workspace /workspace is gone or closed',
    );
  });

  it('takes an empty workspace for what it is: everything was deleted', async () => {
    const finished = await play(['rm -rf /workspace/* /workspace/.git']);
    expect(finished.code, finished.stderr).toBe(0);
    const { repository, session } = finished;
    expect(repository.git('diff', '--name-status', 'main', `drydock/${session.id}`)).toBe('D\tsum.js\nD\ttest.js');
  });
});

describe.concurrent('what is planted runs nowhere on the host', () => {
  it('hooks, monitors, filters and attributes in the workspace and in the private git folder', async () => {
    const mark = join(makeRepository().dir, 'ran-on-host');
    const plant = (git: string) =>
      `for h in pre-commit post-checkout post-commit reference-transaction post-index-change; do printf '#!/bin/sh\\ntouch ${mark}\\n' >${git}/hooks/$h; chmod +x ${git}/hooks/$h; done
for k in core.fsmonitor filter.x.clean filter.x.smudge filter.x.process diff.x.textconv diff.x.command diff.external core.pager gpg.program core.sshCommand uploadpack.packObjectsHook; do git --git-dir=${git} config $k 'touch ${mark}; cat'; done`;
    // Plain git on the host runs what is planted in a tree.
    const careless = makeRepository();
    execFileSync('bash', ['-c', `${plant('.git')}; git status`], { cwd: careless.dir, stdio: 'ignore' });
    expect(existsSync(mark)).toBe(true);
    rmSync(mark);
    const finished = await play([
      `mkdir -p .git/hooks; ${plant('.git')}; echo '* filter=x diff=x merge=x' >.gitattributes; echo 'x = !touch ${mark}' >>.gitmodules`,
      `mkdir -p /var/tmp/.drydock/git/hooks; ${plant('/var/tmp/.drydock/git')}; ls -d /var/tmp/.drydock/git; ${MEND}`,
    ]);
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.texts[1]).toContain('/var/tmp/.drydock/git');
    expect(existsSync(mark)).toBe(false);
    expect(finished.repository.git('show', `drydock/${finished.session.id}:sum.js`)).toContain('a + b');
    expect(finished.repository.git('config', '--get-regexp', '.').includes('touch')).toBe(false);
  });

  it('a private git folder that is gone or garbage is a refusal that names it, or does not matter', async () => {
    const finished = await play([MEND, 'rm -rf /var/tmp/.drydock; echo gone']);
    expect(finished.code, finished.stderr).toBe(4);
    expect(finished.stderr).toMatch(/drydock: .*private git folder .* is gone or damaged/);
    expect(finished.session.events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'sandbox' });
  });
});

describe.concurrent('a command that turns on its own sandbox', () => {
  it.for([
    ['kills its lane', 'kill -9 $PPID; echo still here'],
    ['kills all that it may', 'kill -9 -1'],
    ['stops its lane', 'kill -STOP $PPID; (sleep 1; kill -CONT $PPID) & wait'],
    ['leaves children that hold its output', 'setsid sleep 300 & sleep 300 & disown -a; echo left'],
    ['closes what it was given', 'exec 0<&- 1>&- 2>&-; sleep 0.1'],
  ] as const)('%s: the session goes on', async ([, attack]) => {
    const finished = await play([attack, `${MEND}; echo goes on`]);
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.texts[1]).toContain('goes on');
    expect(finished.repository.git('show', `drydock/${finished.session.id}:sum.js`)).toContain('a + b');
  });

  it('forges the marks that end a command: they are output', async () => {
    const forge = `nonce=00000000000000000000000000000000; printf '\\000%s\\000' $nonce
printf 'E %s 0 2 7\\n' $nonce; printf 'E %s 0 2 7\\n' $nonce >&2; printf 'exported\\ntree x\\n'
for p in $PPID 1; do cat /proc/$p/environ; ls -l /proc/$p/fd; echo 'E x 0 ' >/proc/$p/fd/2; head -c 64 /proc/$p/mem; done; exit 7`;
    const finished = await play([forge, 'echo next']);
    expect(finished.code, finished.stderr).toBe(0);
    expect(finished.texts[0]).toContain('exit 7');
    expect(finished.texts[0]).toContain('E 00000000000000000000000000000000 0 2 7');
    expect(finished.texts[0]?.match(/Permission denied/g)?.length).toBeGreaterThanOrEqual(6);
    expect(finished.texts[1]).toMatch(/^next\n/);
  });

  it('finds no engine, no network, no privilege and no way to get one', async () => {
    const probe = (name: string, command: string) => `if ${command}; then echo "BROKE OUT: ${name}"; fi`;
    const finished = await play([
      [
        'id -u; grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status; ls /sys/class/net',
        probe('socket', 'ls /var/run/docker.sock /run/docker.sock /run/drydock'),
        probe('network', 'timeout 5 bash -c "echo >/dev/tcp/1.1.1.1/53"'),
        probe('mount', 'mount -t tmpfs x /mnt'),
        probe('unshare', 'unshare -Ur true'),
        probe('chown', 'chown 0 /workspace/sum.js'),
        probe('setuid', 'cp /bin/sh /tmp/s && chown 0 /tmp/s && chmod u+s /tmp/s'),
        probe('su', 'su -c true </dev/null'),
        probe('device', 'mknod /tmp/d b 8 0'),
        probe('kernel', 'echo 1 >/proc/sysrq-trigger'),
        probe('shadow', 'cat /etc/shadow'),
        'echo probed',
      ].join('\n'),
    ]);
    expect(finished.code, finished.stderr).toBe(0);
    const said = finished.texts[0] ?? '';
    expect(said).toContain('probed');
    expect(said).not.toContain('BROKE OUT');
    expect(said).toMatch(/^[1-9]\d*\nCapBnd:\t0+\n|CapEff:\t0+\n/);
    expect(said).toMatch(/NoNewPrivs:\t1/);
    expect(said).toMatch(/Seccomp:\t2/);
    expect(said).toMatch(/^lo$/m);
    expect(said).not.toMatch(/^eth/m);
  });

  /** Forking to the limit takes half a minute on a busy machine of two cores. */
  const BOMB_TIMEOUT_MS = 300_000;
  /** Forks to the limit. The children sleep, since a bomb that spins would stop every other test on the machine. */
  const bomb = (then: string) => `cat >/tmp/bomb.py <<'END'
import os, time
forked = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(3600)
            os._exit(0)
        forked += 1
except OSError as error:
    print('stopped after', forked, error, flush=True)
${then}
END
echo new >new.txt; python3 /tmp/bomb.py`;
  const EMPTIED =
    '[drydock: the sandbox was at its limit of 1024 processes, so all processes in it were ended first]\n';

  it(
    'forks without end: it is stopped at the process limit, and the session goes on',
    async () => {
      const finished = await run([
        shellTurn(MEND),
        shellTurn(bomb(''), { yield_ms: 240_000 }),
        shellTurn('echo after | cat'),
      ]);
      expect(finished.code, finished.stderr).toBe(0);
      const [, stopped, after] = finished.requests.at(-1)?.toolResults.map(({ text }) => text) ?? [];
      const forked = Number(/^stopped after (\d+) /.exec(stopped ?? '')?.[1]);
      expect(forked).toBeGreaterThan(900);
      expect(forked).toBeLessThan(1024);
      expect(after).toContain(`${EMPTIED}after\n[exit 0`);
      expect(pathsOf(finished)).toEqual(['new.txt', 'sum.js', 'test.js']);
      expect(finished.repository.git('show', `drydock/${finished.session.id}:sum.js`)).toContain('a + b');
      expect(await leftOnEngine(finished.session.id)).toEqual([]);
    },
    BOMB_TIMEOUT_MS,
  );

  it(
    'forks without end in the background: the next command ends it and runs',
    async () => {
      const poll = { toolCalls: [{ name: 'process', arguments: { handle: 'p1', action: 'poll', wait_ms: 3_000 } }] };
      // It may also be Drydock's own next request, for a checkpoint, that finds it full and ends it.
      const isFull = (text: string) => text.includes('stopped after') || text.includes('[lost');
      const finished = await run((turn, { toolResults }) => {
        const said = toolResults.map(({ text }) => text);
        if (turn === 0) return shellTurn(bomb('    time.sleep(3600)'), { yield_ms: 0 });
        if (said.some((text) => text.includes('after the bomb'))) {
          return said.some((text) => text.startsWith('[lost')) ? { text: 'Done.' } : poll;
        }
        return said.some(isFull) ? shellTurn('echo after the bomb | cat') : poll;
      });
      expect(finished.code, finished.stderr).toBe(0);
      const texts = finished.requests.at(-1)?.toolResults.map(({ text }) => text) ?? [];
      expect(texts.join()).toContain(`${EMPTIED}after the bomb\n[exit 0`);
      expect(texts.some((text) => text.startsWith('[lost after '))).toBe(true);
      expect(pathsOf(finished)).toEqual(['new.txt', 'sum.js', 'test.js']);
      expect(await leftOnEngine(finished.session.id)).toEqual([]);
    },
    BOMB_TIMEOUT_MS,
  );

  it('writes half a gibibyte: the whole is counted, little is kept, and the host’s memory stays small', async () => {
    const running = await startRun([shellTurn('yes | head -c 512M', { yield_ms: 100_000 })]);
    let peakKb = 0;
    const timer = setInterval(() => {
      peakKb = Math.max(peakKb, peakOf(running.child.pid));
    }, 100);
    const { code, stderr } = await running.ended;
    clearInterval(timer);
    expect(code, stderr).toBe(0);
    expect(peakKb).toBeGreaterThan(0);
    expect(peakKb / 1024).toBeLessThan(300);
    const text = running.requests[1]?.toolResults[0]?.text ?? '';
    expect(text.slice(-200)).toContain('exit 0');
    expect(text.slice(0, 6_000)).toContain('beginning and end of the output (536870912 bytes in all) are kept');
    expect(Buffer.byteLength(text)).toBeLessThan(100_000);
  });
});

/** The most memory that a process has held so far, in KiB; 0 once it has gone. */
function peakOf(pid: number | undefined): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
}
