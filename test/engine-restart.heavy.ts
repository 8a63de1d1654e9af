/**
 * The second half of `npm run test:kills`: a run goes on though its engine is restarted under it. The engine is one of the
 * test's own, which takes root, dockerd and unshare. It is in network and mount namespaces of its own: on the host's
 * network it would take the bridge of the engine that everybody uses.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureImage, locateEngine, openEngine, SESSION_LABEL } from '../sandbox/index.ts';
import { engine, eventsOf, newestSession, ROOT, shellTurn, startRun, temporaryFolder, until } from './harness.ts';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const has = (program: string) => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    // Not installed.
    return false;
  }
};
const canStart = process.getuid?.() === 0 && ['dockerd', 'docker', 'unshare', 'setpriv'].every(has);

describe.skipIf(!canStart)('an engine that is restarted', () => {
  const folder = temporaryFolder();
  const socketPath = join(folder, 'docker.sock');
  const client = openEngine({ protocol: 'socket', socketPath, source: 'this test' });
  /** The machine's own, if any, are another engine's. */
  const settings = join(folder, 'daemon.json');
  writeFileSync(settings, '{}');
  let daemon: ChildProcess | undefined;

  const start = async () => {
    // It is asked to end when this process dies, however it does.
    const apart = ['--pdeathsig', 'TERM', 'unshare', '--net', '--mount', 'dockerd'];
    const own = ['--host', `unix://${socketPath}`, '--data-root', join(folder, 'data')];
    own.push('--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid'), '--config-file', settings);
    const quiet = ['--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'];
    const started = spawn('setpriv', [...apart, ...own, ...quiet], { stdio: 'ignore' });
    daemon = started;
    const docker = await client;
    await until('the engine', () => {
      if (started.exitCode !== null) throw new Error(`dockerd ended with ${started.exitCode}`);
      return docker.ping().then(
        () => true,
        () => false,
      );
    });
    expect(readlinkSync(`/proc/${started.pid}/ns/net`)).not.toBe(readlinkSync('/proc/self/ns/net'));
  };
  const stop = async () => {
    if (!daemon || daemon.exitCode !== null || daemon.signalCode !== null) return;
    const ended = once(daemon, 'exit');
    daemon.kill('SIGTERM');
    await ended;
  };

  beforeAll(async () => {
    const request = { image: null, dockerfile: join(ROOT, 'Dockerfile'), onProgress: () => undefined };
    const { name } = await ensureImage(await engine(), request, AbortSignal.timeout(600_000));
    const shared = await locateEngine(process.env);
    if (shared.protocol !== 'socket') throw new Error('the image can only be copied from an engine on a socket');
    await start();
    const copy = `docker -H unix://${shared.socketPath} save ${name} | docker -H unix://${socketPath} load`;
    execFileSync('sh', ['-c', copy], { stdio: ['ignore', 'ignore', 'inherit'] });
  });
  afterAll(stop);

  it('is waited for, and the run goes on in a new container from the last checkpoint', async () => {
    const running = await startRun(
      async (turn) => {
        if (turn === 0) {
          return { toolCalls: [{ name: 'write_file', arguments: { path: 'notes.txt', content: 'kept\n' } }] };
        }
        const saved = () => eventsOf(newestSession(running.home).events, 'checkpoint').length > 0;
        if (turn === 1) await until('a checkpoint', saved);
        return [{}, shellTurn('sleep 600'), shellTurn('cat notes.txt')][turn] ?? { text: 'Done.' };
      },
      { env: { DOCKER_HOST: `unix://${socketPath}` } },
    );
    await until('the second request', () => running.requests.length === 2);
    await until('the call', () => eventsOf(newestSession(running.home).events, 'tool.started').length === 2);
    await stop();
    await running.said('the engine does not answer');
    await start();
    const result = await running.ended;
    expect(result.code, result.stderr).toBe(0);
    expect(running.requests[2]?.lastUserText).toContain('This is a new one with the files of the last checkpoint');
    expect(running.requests[3]?.toolResults[2]?.text).toMatch(/^kept\n/);
    const { id } = newestSession(running.home);
    expect(running.repository.git('show', `drydock/${id}:notes.txt`)).toBe('kept');
    const filters = { label: [`${SESSION_LABEL}=${id}`] };
    expect(await (await client).listContainers({ all: true, filters })).toEqual([]);
  });
});
