/**
 * The agent of docs/harbor_agent.py, driven in a container without an engine as Harbor drives it (by a stand-in for Harbor's
 * classes); then its very commands in a bare Debian, which has neither git nor Node nor Python. The model is a scripted one
 * on this machine's loopback, which both containers share.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureImage } from '../sandbox/index.ts';
import { atifSchema } from '../session/export/atif-schema.ts';
import { canariesBelow } from './canaries.ts';
import { engine, makeRepository, mendingCall, ROOT, serve, shellTurn, temporaryFolder } from './harness.ts';
import type { ModelServer, Script } from './model-server.ts';
import { PACKAGE_VERSION, packDrydock } from './pack.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** The base of Drydock's own image. */
const BARE = /^FROM (\S+)/m.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8'))?.[1] ?? '';
const INSTRUCTION = '-- Make the test pass; it\'s "broken"\n';
const MEND: Script = (turn, request) =>
  turn === 0
    ? shellTurn('id -un; ls -a; echo new >added.txt; env')
    : turn === 1
      ? { toolCalls: [mendingCall(request)] }
      : { text: 'Done.' };

type Step = { command: string } | { from: string; to: string };
type Driven = { version: string; steps: Step[]; context: Record<string, unknown>; failure: string | null };

/** A folder that the containers see as /in: the package, Node, the driver, a repository. */
const input = temporaryFolder();
let ownImage = '';

beforeAll(async () => {
  const env = { ...process.env, HOME: temporaryFolder() };
  const folder = temporaryFolder();
  cpSync(await packDrydock(folder, env), join(input, `drydock-agent-${PACKAGE_VERSION}.tgz`));
  rmSync(join(folder, 'copy'), { recursive: true });
  // The Node of this project, as the archives that Node publishes are laid out.
  const name = `node-linux-${process.arch}`;
  execFileSync('tar', ['-cf', join(input, 'node.tar'), '-C', realpathSync(join(ROOT, 'node_modules')), `${name}/bin`]);
  cpSync(join(ROOT, 'docs/harbor_agent.py'), join(input, 'harbor_agent.py'));
  cpSync(join(ROOT, 'test/harbor'), input, { recursive: true });
  makeRepository(undefined, { dir: join(input, 'app') });
  const docker = await engine();
  ({ name: ownImage } = await ensureImage(docker, {
    image: null,
    dockerfile: join(ROOT, 'Dockerfile'),
    onProgress: () => undefined,
  }));
});

/** Runs a script as root in a container of its own; `logs` is its /logs/agent. */
async function inContainer(Image: string, script: string, Env: string[], logs: string) {
  const docker = await engine();
  const container = await docker.createContainer({
    Image,
    // Whoever runs the tests clears up.
    Cmd: ['sh', '-c', `(${script}\n); code=$?; chmod -R a+rwX /logs/agent; exit $code`],
    User: 'root',
    WorkingDir: '/',
    Env,
    HostConfig: { NetworkMode: 'host', Binds: [`${input}:/in:ro`, `${logs}:/logs/agent`] },
  });
  try {
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const [out, err] = [new PassThrough(), new PassThrough()];
    container.modem.demuxStream(stream, out, err);
    stream.on('end', () => {
      out.end();
      err.end();
    });
    const said = Promise.all([text(out), text(err)]);
    await container.start();
    const { StatusCode } = await container.wait();
    const [stdout, stderr] = await said;
    return { code: Number(StatusCode), stdout, stderr };
  } finally {
    await container.remove({ force: true });
  }
}

const keysOf = ({ env }: ModelServer) => Object.entries(env).map(([name, value]) => `${name}=${value}`);

async function drive(script: Script, kwargs: Record<string, unknown> = {}) {
  const server = await serve(script);
  const logs = temporaryFolder();
  const given = {
    model_name: 'anthropic/claude-sonnet-5',
    package: `/in/drydock-agent-${PACKAGE_VERSION}.tgz`,
    node: '/in/node.tar',
    ...kwargs,
  };
  const env = [...keysOf(server), `KWARGS=${JSON.stringify(given)}`, `INSTRUCTION=${INSTRUCTION}`];
  const path = 'PYTHONPATH=/in:/in/stubs PYTHONDONTWRITEBYTECODE=1';
  const start = `cp -r /in/app /app && cd /app && ${path} python3 /in/drive.py "$KWARGS" "$INSTRUCTION"`;
  const { code, stdout, stderr } = await inContainer(ownImage, start, env, logs);
  expect(code, stderr).toBe(0);
  const driven: Driven = JSON.parse(stdout);
  return { ...driven, server, logs, read: (name: string) => readFileSync(join(logs, name), 'utf8') };
}

describe.runIf(process.platform === 'linux')('the agent for Harbor', () => {
  it('works on a task in a container, and leaves its trajectory, its patch, its events and what it took', async () => {
    const { version, context, failure, server, logs, read } = await drive(MEND);
    expect(failure).toBeNull();
    expect(version).toBe(PACKAGE_VERSION);
    expect(readdirSync(logs).sort()).toEqual([
      'drydock',
      'drydock.jsonl',
      'drydock.log',
      'drydock.patch',
      'trajectory.json',
    ]);
    const trajectory = atifSchema.parse(JSON.parse(read('trajectory.json')));
    expect(trajectory.steps[1]).toMatchObject({ source: 'user', message: INSTRUCTION.trim() });
    expect(trajectory.steps).toHaveLength(5);
    expect(read('drydock.patch')).toContain('+module.exports = (a, b) => a + b;');
    expect(read('drydock.patch')).toContain('+++ b/added.txt');
    const last = JSON.parse(read('drydock.jsonl').trimEnd().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ type: 'run.finished', outcome: 'completed', exitCode: 0 });
    expect(context).toEqual({
      metadata: { drydock_exit_code: 0 },
      n_input_tokens: last.usage.inputTokens,
      n_cache_tokens: last.usage.cacheReadTokens,
      n_output_tokens: last.usage.outputTokens,
      cost_usd: last.usage.costUsd,
    });
    // The key is for Drydock alone.
    const seen = server.journal[1]?.body ?? '';
    expect(seen).toContain('root');
    expect(seen).not.toContain(server.env.ANTHROPIC_API_KEY);
    expect(canariesBelow(logs)).toEqual([]);
  });

  it('tells a limit, which is for the verifier to judge, from a failure, which is not', async () => {
    const limited = await drive(MEND, { options: '--max-turns 1' });
    expect(limited).toMatchObject({ failure: null, context: { metadata: { drydock_exit_code: 5 } } });
    expect(limited.read('drydock.patch')).toContain('+++ b/added.txt');
    const refused = await drive(() => ({
      error: { status: 401, body: { type: 'error', error: { type: 'authentication_error', message: 'bad key' } } },
    }));
    expect(refused.failure).toMatch(/exit code 3: .*the provider refused the key/s);
    expect(refused.read('drydock.patch')).toBe('');
  });

  it('gives commands that do in a bare Debian, too', async () => {
    const { steps } = await drive(() => ({ text: 'Done.' }));
    const server = await serve(MEND);
    const logs = temporaryFolder();
    const commands = steps.map((step) => {
      if ('command' in step) return step.command;
      // The task's file was a temporary one.
      return step.from.startsWith('/in/') ? `cp '${step.from}' '${step.to}'` : `echo 'Make it pass' >'${step.to}'`;
    });
    const script = ['set -e', 'cp -r /in/app /app', 'cd /app', ...commands, 'cat /app/sum.js'].join('\n');
    const { code, stdout, stderr } = await inContainer(BARE, script, keysOf(server), logs);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('a + b');
    const said = readFileSync(join(logs, 'drydock.log'), 'utf8');
    expect(said).toContain('note: git was not found');
    const { steps: done } = atifSchema.parse(JSON.parse(readFileSync(join(logs, 'trajectory.json'), 'utf8')));
    expect(done).toHaveLength(5);
  });
});
