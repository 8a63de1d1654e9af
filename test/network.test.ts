/** The policy `allow` from the command line: what is recorded, shown, resumed and left behind. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import {
  engine,
  eventsOf,
  leftOnEngine,
  newestSession,
  run,
  runDrydock,
  shellTurn,
  startRun,
  temporaryFolder,
  until,
} from './harness.ts';

const internet = createServer((request, response) => response.end(`you asked ${request.headers.host}\n`));
internet.listen(0, '127.0.0.1');
await once(internet, 'listening');
afterAll(() => void internet.close());

/** Makes Node's resolver and sockets believe that a public address is the server above; no option of ours can. */
function pretend(): Record<string, string> {
  const address = internet.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const file = join(temporaryFolder(), 'pretend.mjs');
  writeFileSync(
    file,
    `import dns from 'node:dns';
import net from 'node:net';
import { syncBuiltinESMExports } from 'node:module';
dns.promises.lookup = async (host) => [{ address: host.startsWith('inner.') ? '10.0.0.7' : '93.184.215.14', family: 4 }];
const { connect } = net;
net.connect = (options, ...more) =>
  connect(options.host === '93.184.215.14' ? { host: '127.0.0.1', port: ${address.port} } : options, ...more);
syncBuiltinESMExports();
`,
  );
  return { NODE_OPTIONS: `--import=${file}` };
}

const curl = (...hosts: string[]) => shellTurn(hosts.map((host) => `curl -sS http://${host}/`).join('; '));

it('hosts that are named are reached, others are refused; both are in the log and shown; a resume keeps the policy', async () => {
  const env = pretend();
  const args = ['--allow', 'ok.example.com', '--allow', '*.example.org'];
  const script = [
    curl('ok.example.com', 'evil.example.com', 'inner.example.org'),
    { text: 'Done.' },
    curl('a.example.org', 'evil.example.com'),
  ];
  const finished = await run(script, { env, args });
  expect(finished.code, finished.stderr).toBe(0);
  const said = finished.requests[1]?.toolResults[0]?.text ?? '';
  expect(said).toContain('you asked ok.example.com');
  expect(said).toContain("Drydock's network policy refused this: evil.example.com:80 is not allowed.");
  expect(said).toContain('inner.example.org has no public address (10.0.0.7)');
  expect(finished.requests[0]?.system).toContain('reaches ok.example.com, *.example.org and answers 403');

  const { id, events } = finished.session;
  expect(eventsOf(events, 'session.created')[0]?.sandbox).toMatchObject({
    network: 'allow',
    allow: ['ok.example.com', '*.example.org'],
  });
  expect(eventsOf(events, 'network.connection')).toEqual([
    expect.objectContaining({ host: 'ok.example.com', port: 80, address: '93.184.215.14', verdict: 'allowed' }),
    expect.objectContaining({ host: 'evil.example.com', port: 80, address: null, verdict: 'denied' }),
    expect.objectContaining({ host: 'inner.example.org', port: 80, address: '10.0.0.7', verdict: 'denied' }),
  ]);
  expect(events.at(-1)?.type).toBe('run.finished');
  expect(finished.stderr).toContain('⇄ network denied evil.example.com:80: evil.example.com:80 is not allowed');
  const { stdout } = await runDrydock(['show', id], { home: finished.home });
  expect(stdout).toContain('⇄ network allowed ok.example.com:80 (93.184.215.14)');
  expect(stdout).toContain('⇄ network denied inner.example.org:80: inner.example.org has no public address');
  expect(await leftOnEngine(id)).toEqual([]);

  const resumed = await runDrydock(['resume', id, 'Once more'], {
    home: finished.home,
    env: { ...env, ...finished.server.env },
  });
  expect(resumed.code, resumed.stderr).toBe(0);
  const later = finished.requests.at(-1)?.toolResults.at(-1)?.text ?? '';
  expect(later).toContain('you asked a.example.org');
  expect(later).toContain('evil.example.com:80 is not allowed');
});

it('the relay ends with a run that is killed; a resume goes on in the sandbox, with a new one', async () => {
  const env = pretend();
  const last = shellTurn('cat /tmp/kept; curl -sS http://ok.example.com/; curl -sS http://evil.example.com/');
  const script = [shellTurn('curl -sS http://ok.example.com/ >/tmp/kept'), shellTurn('sleep 300'), last];
  const running = await startRun(script, { env, args: ['--allow', 'ok.example.com'] });
  await until('the second call', () => {
    if (running.requests.length < 2) return false;
    return eventsOf(newestSession(running.home).events, 'tool.started').length === 2;
  });
  const { id } = newestSession(running.home);
  const docker = await engine();
  const roles = async () => {
    const found = await docker.listContainers({ filters: { label: [`drydock.session=${id}`] } });
    return found.map(({ Labels }) => Labels['drydock.role'] ?? 'sandbox').sort();
  };
  expect(await roles()).toEqual(['relay', 'sandbox']);
  running.child.kill('SIGKILL');
  await running.ended;
  await until('the end of the relay', async () => !(await roles()).includes('relay'));
  expect(await roles()).toEqual(['sandbox']);

  const { home, server, requests } = running;
  const resumed = await runDrydock(['resume', id], { home, env: { ...env, ...server.env } });
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(requests[2]?.lastUserText).toContain('goes on in the same sandbox');
  const said = requests[3]?.toolResults[2]?.text ?? '';
  expect(said.match(/you asked ok.example.com/g)).toHaveLength(2);
  expect(said).toContain('evil.example.com:80 is not allowed');
  expect(await leftOnEngine(id)).toEqual([]);
});
