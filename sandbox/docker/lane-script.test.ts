import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { fullAt, fullLine, internalScript, saysCannotFork } from './lane-script.ts';

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

  it('a full sandbox does not give the stdin away', () => {
    const said = feed(internalScript('cat', { nonce: 'n1', pidsLimit: OVER, inheritStdin: true }));
    expect(said).toBe(`${fullLine('n1')}\n`);
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
