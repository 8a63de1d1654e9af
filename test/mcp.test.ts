/** MCP servers in runs from end to end: published servers in the sandbox and over HTTP, and one that is faulty. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createRequire } from 'node:module';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CANARY, CANARY_ENV } from './canaries.ts';
import { isSummaryRequest, SMALL, stepping } from './compacting.ts';
import {
  eventsOf,
  HOST,
  leftOnEngine,
  loseContainers,
  makeRepository,
  newestSession,
  ROOT,
  readLog,
  run,
  runDrydock,
  temporaryFolder,
  until,
} from './harness.ts';
import type { ScriptedCall, ScriptedRequest } from './model-server.ts';

vi.setConfig({ testTimeout: 120_000 });

const FAULTY = join(ROOT, 'test/faulty-mcp-server.cjs');
const published = (name: string) =>
  createRequire(import.meta.url).resolve(`@modelcontextprotocol/server-${name}/dist/index.js`);

const ending: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
});

/** A home whose settings name these servers. */
function homeWith(servers: Record<string, unknown>): string {
  const home = temporaryFolder();
  mkdirSync(join(home, '.config/drydock'), { recursive: true });
  writeFileSync(join(home, '.config/drydock/config.yaml'), JSON.stringify({ mcp: { servers } }));
  return home;
}

const call = (name: string, args: Record<string, unknown> = {}): { toolCalls: ScriptedCall[] } => ({
  toolCalls: [{ name, arguments: args }],
});

/** The tools of a request, as they were sent. */
const toolsOf = (request: ScriptedRequest | undefined) => JSON.stringify(request?.raw.tools);

/** Whether a process runs whose command line holds `text`. */
function runs(text: string): boolean {
  return String(execFileSync('ps', ['-eo', 'args'])).includes(text);
}

describe('MCP servers', () => {
  it('offer their tools from the first request on, the same in every request and after a resume', async () => {
    const marker = join(temporaryFolder(), 'mark');
    const faulty = [process.execPath, FAULTY, 'faulty-tools', marker];
    const home = homeWith({
      everything: { command: [process.execPath, published('everything')], tools: ['echo', 'get-tiny-image'] },
      faulty: { command: faulty, exclude: ['refuse'] },
    });
    const script = [
      call('mcp__everything__echo', { message: 'from afar' }),
      call('mcp__everything__get-tiny-image'),
      call('mcp__everything__echo', { message: 7 }),
      call('mcp__faulty__change'),
      call('mcp__faulty__die'),
      call('mcp__faulty__count'),
    ];
    const { code, stderr, session, requests, server } = await run(script, { args: HOST, home });
    expect(code, stderr).toBe(0);
    expect(toolsOf(requests[0])).toContain('"mcp__everything__echo"');
    expect(new Set(requests.map(toolsOf)).size).toBe(1);
    const results = requests.at(-1)?.toolResults ?? [];
    expect(results[0]).toMatchObject({ text: 'Echo: from afar' });
    expect(JSON.stringify(requests[2]?.raw)).toContain('image/png');
    expect(results[2]?.text).toContain('Invalid arguments for tool echo');
    expect(results[4]?.text).toMatch(/connection to the server was lost.*a last word/);
    expect(results[5]?.text).toMatch(/^call 1 of process/);
    expect(stderr).toContain('! MCP server faulty: the tool round is left out: its input schema refers to itself');

    const [listed, ...more] = eventsOf(session.events, 'mcp.listed');
    expect(more).toEqual([]);
    expect(listed?.tools.map(({ name }) => name)).toEqual([
      'mcp__everything__echo',
      'mcp__everything__get-tiny-image',
      ...['big', 'change', 'count', 'die', 'hang', 'odd_result', 'progress', 'twice'].map(
        (name) => `mcp__faulty__${name}`,
      ),
    ]);
    const [created] = eventsOf(session.events, 'session.created');
    expect(listed?.configurationDigest).not.toBe(created?.configurationDigest);
    expect(eventsOf(session.events, 'mcp.server').map(({ server, state }) => [server, state])).toEqual([
      ['faulty', 'list_changed'],
      ['faulty', 'ended'],
      ['faulty', 'restarted'],
    ]);
    expect(eventsOf(session.events, 'mcp.server')[0]?.text).toContain('(new: late; gone: die)');
    expect(runs(marker)).toBe(false);

    // The settings say something else by now; the session goes on as it was made.
    writeFileSync(join(home, '.config/drydock/config.yaml'), '');
    const second = await runDrydock(['resume', session.id, 'more'], { home, env: server.env });
    expect(second.code, second.stderr).toBe(0);
    expect(toolsOf(requests.at(-1))).toBe(toolsOf(requests[0]));
    const { stdout } = await runDrydock(['show'], { home });
    expect(stdout).toContain('MCP server faulty: started again, 1 of at most 3 times');
  });

  it('are part of the request for a summary by `drydock compact`, as they were offered, and are not started for it', async () => {
    const mark = join(temporaryFolder(), 'started');
    const home = homeWith({
      faulty: {
        command: ['sh', '-c', `touch ${mark}; exec ${process.execPath} ${FAULTY} faulty-tools`],
        tools: ['count'],
      },
    });
    const args = [...SMALL.messages, '--compact-at', '11000'];
    const { code, stderr, session, requests, server } = await run(stepping(4), { args, home });
    expect(code, stderr).toBe(0);
    expect(toolsOf(requests[0])).toContain('"mcp__faulty__count"');
    expect(existsSync(mark)).toBe(true);
    rmSync(mark);
    const done = await runDrydock(['compact', session.id], { home, env: server.env });
    expect(done.code, done.stderr).toBe(0);
    expect(requests.filter(isSummaryRequest).map(toolsOf)).toEqual([toolsOf(requests[0])]);
    expect(existsSync(mark)).toBe(false);
    expect(eventsOf(readLog(session.dir), 'compaction.finished')).toMatchObject([{ trigger: 'command' }]);
  });

  it('run in the container that a project names them for, and in the one that takes its place', async () => {
    const bundle = join(temporaryFolder(), 'server.mjs');
    const built = await rolldown({ input: published('filesystem'), platform: 'node', logLevel: 'silent' });
    await built.write({ file: bundle, format: 'esm', codeSplitting: false });
    const repository = makeRepository({
      'server.mjs': readFileSync(bundle),
      'notes.txt': 'a note\n',
      '.drydock/config.yaml': 'mcp:\n  servers:\n    files:\n      command: [node, server.mjs, /workspace]\n',
    });
    const id = () => newestSession(home).id;
    const home = temporaryFolder();
    const { code, stderr, session, requests } = await run(
      async (turn) => {
        if (turn === 0) return call('mcp__files__read_text_file', { path: '/workspace/notes.txt' });
        if (turn === 1) return call('mcp__files__write_file', { path: '/workspace/new.txt', content: 'new\n' });
        if (turn === 2) return call('mcp__files__read_text_file', { path: '/etc/passwd' });
        if (turn === 3) {
          // A real model thinks for long enough that the file is saved.
          await until('a checkpoint', () => eventsOf(newestSession(home).events, 'checkpoint').length > 0);
          await loseContainers(id());
          return call('mcp__files__read_text_file', { path: '/workspace/new.txt' });
        }
        if (turn === 4) return call('mcp__files__read_text_file', { path: '/workspace/new.txt' });
        return { text: 'Done.' };
      },
      { repository, home },
    );
    expect(code, stderr).toBe(0);
    expect(toolsOf(requests[0])).toContain('"mcp__files__write_file"');
    expect(new Set(requests.map(toolsOf)).size).toBe(1);
    const texts = requests.at(-1)?.toolResults.map(({ text }) => text) ?? [];
    expect(texts[0]).toBe('a note\n');
    expect(texts[1]).toContain('Successfully wrote');
    expect(texts[2]).toContain('Access denied');
    // Whether the loss is noticed before the call or during it.
    expect(texts[3]).toMatch(/^new\n$|^interrupted/);
    expect(texts[4]).toBe('new\n');
    expect(repository.git('show', `drydock/${session.id}:new.txt`)).toBe('new');
    expect(eventsOf(session.events, 'mcp.server')).toEqual([]);
    expect(await leftOnEngine(session.id)).toEqual([]);
  });

  it('that do not start cost their tools only, unless they are required', async () => {
    const ends = { command: [process.execPath, FAULTY, 'ends'] };
    const silent = { command: [process.execPath, FAULTY, 'silent'], 'start-timeout': '500ms' };
    const url = `http://127.0.0.1:${await freePort()}/mcp`;
    const bare = { url, headers: { 'X-Key': { env: 'NO_SUCH_KEY' } } };
    const without = await run([], { args: HOST, home: homeWith({ ends, silent, gone: { url }, bare }) });
    expect(without.code, without.stderr).toBe(0);
    expect(toolsOf(without.requests[0])).not.toContain('mcp__');
    expect(without.stderr).toContain('! MCP server ends: it ended before it answered: no licence found');
    expect(without.stderr).toContain('! MCP server silent: it has not answered within 0.5 s');
    expect(without.stderr).toMatch(/! MCP server gone: .*ECONNREFUSED/);
    expect(without.stderr).toContain(
      '! MCP server bare: the header X-Key has no value: the variable NO_SUCH_KEY is not there, or empty',
    );

    const required = await run([], { args: HOST, home: homeWith({ ends: { ...ends, required: true } }) });
    expect(required.code).toBe(2);
    expect(required.requests).toEqual([]);
    expect(required.stderr).toContain(
      'the MCP server ends is required, and is not to be had: it ended before it answered: no licence found',
    );
  });
});

describe('an MCP server over HTTP', () => {
  /** The published server on the loopback, behind something that writes down the headers of each request. */
  async function serveHttp(): Promise<{ url: string; seen: IncomingHttpHeaders[]; methods: string[] }> {
    const port = await freePort();
    const child = spawn(process.execPath, [published('everything'), 'streamableHttp'], {
      env: { PATH: process.env.PATH, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const seen: IncomingHttpHeaders[] = [];
    const methods: string[] = [];
    const front = createServer((request, response) => {
      seen.push(request.headers);
      methods.push(request.method ?? '');
      const { authorization: _secret, ...headers } = request.headers;
      const onward = httpRequest({ port, path: request.url, method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        response.flushHeaders();
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });
    await new Promise<void>((done) => front.listen(0, '127.0.0.1', done));
    ending.push(async () => {
      child.kill();
      front.closeAllConnections();
      await new Promise((done) => front.close(done));
    });
    await until('the published server', () => said.includes('listening'));
    const address = front.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { url: `http://127.0.0.1:${address.port}/mcp`, seen, methods };
  }

  it('is reached from the host with a secret that neither the log nor the model gets', async () => {
    const { url, seen, methods } = await serveHttp();
    const home = homeWith({ far: { url, headers: { Authorization: { env: 'GITHUB_TOKEN', prefix: 'Bearer ' } } } });
    const script = [call('mcp__far__get-sum', { a: 2, b: 3 })];
    const { code, stderr, requests, session } = await run(script, { args: HOST, home });
    expect(code, stderr).toBe(0);
    expect(requests[1]?.toolResults[0]?.text).toBe('The sum of 2 and 3 is 5.');
    expect(seen[0]?.authorization).toBe(`Bearer ${CANARY_ENV.GITHUB_TOKEN}`);
    expect(methods.at(-1)).toBe('DELETE');
    expect(readFileSync(join(session.dir, 'events.jsonl'), 'utf8')).not.toContain(CANARY);
    expect(requests.every(({ raw }) => !JSON.stringify(raw).includes(CANARY))).toBe(true);
  });
});

async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
