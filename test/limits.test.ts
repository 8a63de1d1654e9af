/** Limits of the container, from the command line to the log: they are recorded, kept on resume, and a breach is an event. */
import { expect, it, vi } from 'vitest';
import { eventsOf, leftOnEngine, run, runDrydock, shellTurn } from './harness.ts';

// A container of one core is slow on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

/** Keeps as much as it reads. */
const HOG = 'head -c 600m /dev/zero | tail -c 600m >/dev/null; exit 1';
const TOLD = 'the sandbox was at its memory limit of 128 MiB, so the kernel killed a process in it';
/** What the control group says, version 2 or 1. */
const ASK = 'cd /sys/fs/cgroup; cat memory.max memory/memory.limit_in_bytes; cat pids.max pids/pids.max';

it('a breach is told to the model, the user and the log; the session goes on, and a resume keeps the limits', async () => {
  const turns = [shellTurn(HOG), shellTurn('echo after; echo new >new.txt'), { text: 'Done.' }, shellTurn(ASK)];
  const finished = await run(turns, {
    args: ['--memory', '128m', '--cpus', '1', '--pids', '200', '--disk', '2g'],
  });
  expect(finished.code, finished.stderr).toBe(0);
  const [killed, after] = finished.requests.at(-1)?.toolResults.map(({ text }) => text) ?? [];
  expect(killed).toContain(`[drydock: ${TOLD}]\n[exit 1`);
  expect(after).toMatch(/^after\n\[exit 0/);
  expect(finished.stderr).toContain(`! ${TOLD}`);
  const { events, id } = finished.session;
  const limits = { memoryBytes: 128 * 1024 ** 2, cpus: 1, pids: 200, diskBytes: 2 * 1024 ** 3, inodes: 2_000_000 };
  expect(eventsOf(events, 'session.created')[0]?.sandbox.limits).toEqual(limits);
  expect(eventsOf(events, 'limit.breached')).toMatchObject([
    { kind: 'memory', limit: limits.memoryBytes, observed: 1, text: TOLD },
  ]);

  const { home, server, requests } = finished;
  const resumed = await runDrydock(['resume', id, 'go on'], { home, env: server.env });
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(requests.at(-1)?.toolResults.at(-1)?.text).toMatch(/^134217728\n(?:.*\n)?200\n/m);
  expect(await leftOnEngine(id)).toEqual([]);
});
