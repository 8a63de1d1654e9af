/**
 * The channel on which a lane reports how a command ended. That forged marks are output, and what becomes of a command that
 * kills, stops or fills its sandbox, is in `session.heavy.ts`, and in `create.test.ts` of the Docker backend.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LANE_SHELL } from '../../sandbox/docker/lane-script.ts';
import { buildProbe, PROBE, startTarget, type Target } from './targets.ts';

let ours: Target;
/** The same, but that the lanes' shell can be read, as any other program. */
let readable: Target;
beforeAll(async () => {
  ours = await startTarget();
  readable = await startTarget({
    without: (config) => {
      const [shell = '', option = '', script = ''] = config.Entrypoint ?? [];
      config.Entrypoint = [shell, option, `chmod 0755 ${LANE_SHELL}; ${script}`];
    },
  });
  const forge = readFileSync(join(import.meta.dirname, 'forge.py'));
  for (const target of [ours, readable]) {
    await target.sandbox.writeFile('/tmp/forge.py', forge);
    await buildProbe(target);
  }
});

describe('a lane that runs from a shell which its user cannot read', () => {
  it('keeps the nonce and the channel to itself; from a readable one a failed command is reported as a success', async () => {
    const forge = 'python3 /tmp/forge.py $PPID; exit 7';
    expect(await readable.run(forge)).toEqual({ code: 0, text: 'nonce found\n' });
    expect(await ours.run(forge)).toEqual({ code: 7, text: '/proc/LANE/mem Permission denied\n' });
  });

  it('is not traced, and would be', async () => {
    const attach = `${PROBE} attach $PPID`;
    expect((await readable.run(attach)).text).toBe('granted\n');
    expect((await ours.run(attach)).text).toBe('EPERM\n');
  });

  it.each(['fd/2', 'environ', 'mem', 'auxv'])('has a /proc/PID/%s that is closed, and would be open', async (file) => {
    // Opened only: what is in there is no matter.
    const open = `: <>/proc/$PPID/${file} || : </proc/$PPID/${file}; echo "opened $?"`;
    expect((await readable.run(open)).text).toMatch(/opened 0\n$/);
    expect((await ours.run(open)).text).toMatch(/Permission denied\nopened 1\n$/);
  });
});

describe('a command', () => {
  it('has no file of its lane’s: its output and an empty input are all', async () => {
    const list = 'for f in /proc/$$/fd/*; do [ -e "$f" ] && echo "$(basename $f) $(readlink $f)"; done; :';
    expect((await ours.run(list)).text).toMatch(/^0 \/dev\/null\n1 (pipe:\[\d+\])\n2 \1\n$/);
  });

  it('that kills its lane has no result, whatever it has said before; the next one has a lane', async () => {
    const command = `printf '\\000%s\\000E %s 0 2 7\\n' x x; kill -9 $PPID; sleep 5; exit 0`;
    const { exitCode, reason } = await ours.sandbox.exec({ command, timeoutMs: 30_000 });
    expect([exitCode, reason]).toEqual([null, 'lost']);
    expect(await ours.run('exit 3')).toEqual({ code: 3, text: '' });
  });
});
