import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { fullAt, fullLine, internalScript, parseEnd, saysCannotFork } from './lane-script.ts';

/** A limit that this machine's processes are over, and one that they are far below. */
const [OVER, BELOW] = [1, 10_000_000];

describe.each([['dash'], ['bash', '--posix'], ['busybox', 'ash']])('in %s %s', (shell, ...args) => {
  /** The stdout and stderr, in one, of the shell that is fed `scripts`. */
  const feed = (...scripts: string[]): string =>
    execFileSync('sh', ['-c', 'exec "$@" 2>&1', 'sh', shell, ...args], { input: scripts.join('') }).toString('latin1');

  it('a full sandbox runs nothing and says so; the lane takes the next script', () => {
    const script = (nonce: string, pidsLimit: number) =>
      internalScript(`echo ran ${nonce}`, { nonce, pidsLimit, inheritStdin: false });
    const said = feed(script('n1', OVER), script('n2', BELOW));
    expect(said).toMatch(/^F n1\nran n2\n\0n2\0E n2 0 /);
  });

  it('all processes are reported where the kernel does not list children', () => {
    const script = internalScript(':', { nonce: 'n1', pidsLimit: BELOW, inheritStdin: false });
    expect(feed(script.replaceAll('/children', '/none'))).toMatch(/^\0n1\0E n1 0 \d+ (\/proc\/\d+ ?)+\n$/);
  });

  it('a full sandbox does not give the stdin away', () => {
    const said = feed(internalScript('cat', { nonce: 'n1', pidsLimit: OVER, inheritStdin: true }));
    expect(said).toBe(`${fullLine('n1')}\n`);
  });
});

describe('an end report', () => {
  it('names the orphans; or all processes, where the kernel does not list children', () => {
    const end = { exitCode: 3, processes: 12, orphans: [7, 1234] };
    expect(parseEnd('E n1 3 12 7 1234', 'n1')).toEqual(end);
    expect(parseEnd('E n1 3 12 /proc/7 /proc/1234', 'n1')).toEqual(end);
  });

  it('counts the OOM kills of a command that failed', () => {
    expect(parseEnd('E n1 137 3 7 oom_kill=20', 'n1')).toEqual({
      exitCode: 137,
      processes: 3,
      orphans: [7],
      oomKills: 20,
    });
  });

  it.each(['E n2 3 12 7', 'E n1 3', 'sh: 1: Killed', ''])('is not %j', (line) => {
    expect(parseEnd(line, 'n1')).toBe(null);
  });
});

it('a sandbox counts as full while there is still room for git and an exec', () => {
  expect([fullAt(1024), fullAt(64)]).toEqual([960, 60]);
});

it.each([
  'sh: 1: Killed',
  'Killed',
  'sh: fork: retry: Resource temporarily unavailable',
  'sh: line 2:    27 Killed                  ( cd /workspace && exec bash -c "fork: x" )',
  'sh: 1: cannot open fork: No such file',
])('is no failed fork: %s', (line) => {
  expect(saysCannotFork(line)).toBe(false);
});
