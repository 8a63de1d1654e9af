import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeToolContext, type TestContext, textOf } from '../../test/tool-context.ts';
import type { ToolResult } from '../tool.ts';
import { type McpNews, runServer } from './server.ts';
import type { McpServer } from './settings.ts';
import { listTools, mcpTools } from './tools.ts';

const FAULTY = join(import.meta.dirname, '../../test/faulty-mcp-server.cjs');

const SECRET = 'correct-horse-battery';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Started = TestContext & {
  listed: Awaited<ReturnType<typeof listTools>>;
  news: McpNews[];
  call(tool: string, signal?: AbortSignal): Promise<ToolResult>;
  close(): Promise<void>;
};

/** The faulty server in a sandbox on the host, with its tools. */
async function start(
  modes: string[],
  more: Partial<McpServer> = {},
  signal = new AbortController().signal,
): Promise<Started> {
  const world = await makeToolContext();
  const journal = join(world.context.cwd, 'journal');
  const command = [process.execPath, FAULTY, ...modes];
  const server: McpServer = {
    name: 'f',
    transport: { kind: 'stdio', command, env: { MCP_JOURNAL: journal }, cwd: null },
    timeoutMs: 20_000,
    startTimeoutMs: 20_000,
    required: false,
    tools: null,
    exclude: [],
    ...more,
  };
  const news: McpNews[] = [];
  const running = runServer(server, {
    sandbox: world.sandbox,
    env: {},
    version: '0',
    redact: (text) => text.replaceAll(SECRET, '[redacted]'),
    tell: (one) => news.push(one),
    listChanged: () => undefined,
  });
  const close = async () => {
    await running.close();
    await world.close();
  };
  open.push(close);
  const listed = await listTools([running], signal);
  const tools = mcpTools(listed.tools, [running], async () => undefined);
  return {
    ...world,
    listed,
    news,
    close,
    async call(name, signal = world.context.signal) {
      const tool = tools.find((one) => one.name === `mcp__f__${name}`);
      if (tool === undefined) throw new Error(`no tool ${name}`);
      return tool.run({}, { ...world.context, signal });
    },
  };
}

const journalOf = ({ context }: TestContext) => readFileSync(join(context.cwd, 'journal'), 'utf8').split('\n');

describe('an MCP server in the sandbox', () => {
  it('that writes other text to stdout, and is slow to start, is heard all the same', async () => {
    const { listed, call } = await start(['chatty', 'slow']);
    expect(listed.problems).toEqual([]);
    expect(textOf(await call('count'))).toMatch(/^call 1 of process/);
  });

  it('that never answers is given up after its time', async () => {
    const { listed } = await start(['silent'], { startTimeoutMs: 400 });
    expect(listed).toMatchObject({
      tools: [],
      failed: ['f'],
      problems: [{ server: 'f', text: 'it has not answered within 0.4 s' }],
    });
  });

  it('is given up at once when the run is stopped', async () => {
    const mark = randomUUID();
    const { listed, sandbox } = await start(['silent', mark], {}, AbortSignal.timeout(300));
    expect(listed.failed).toEqual(['f']);
    const { output } = await sandbox.exec({ command: `pgrep -f '[s]ilent ${mark}' || echo none` });
    expect(output.head.toString()).toBe('none\n');
  });

  it('that ends at once is told with what it said last', async () => {
    const { listed } = await start(['ends']);
    expect(listed.problems).toEqual([{ server: 'f', text: 'it ended before it answered: no licence found' }]);
  });

  it.each([
    ['whole', `connecting with ${SECRET}`, 'connecting with [redacted]'],
    ['with colours in it', `with correct\u001b[1m-horse-battery`, 'with [redacted]'],
    ['on the cut for a line', `${'x'.repeat(230)} ${SECRET}${'y'.repeat(90)}`, /x \[redacted\]y+$/],
    ['on the edge of what is shown', `${SECRET}${'y'.repeat(4090)}`, /: \w+\]y+$/],
  ])('that says a secret at its end is told without it: %s', async (_, words, told) => {
    const command = [process.execPath, '-e', `process.stderr.write(${JSON.stringify(words)}); process.exitCode = 3`];
    const { listed } = await start([], { transport: { kind: 'stdio', command, env: {}, cwd: null } });
    expect(listed.problems[0]?.text).toMatch(told);
    expect(listed.problems[0]?.text).not.toMatch(/correct|battery/);
  });

  it('that is no program is told with the reason', async () => {
    const { listed } = await start([], {
      transport: { kind: 'stdio', command: ['no-such-program'], env: {}, cwd: null },
    });
    expect(listed.problems[0]?.text).toMatch(/^it ended before it answered: .*no-such-program: .*not found/);
  });

  it('that floods its stdout is ended', async () => {
    const { listed } = await start(['flood', 'silent']);
    expect(listed.problems[0]?.text).toContain('it writes what is no MCP message to its stdout');
  });

  it('that dies in a call is started again; the call is reported and not repeated', async () => {
    const started = await start([]);
    const first = textOf(await started.call('count'));
    const died = await started.call('die');
    expect(died.isError).toBe(true);
    expect(textOf(died)).toMatch(
      /connection to the server was lost .*a last word.*may have had effects, and was not repeated/,
    );
    const again = textOf(await started.call('count'));
    expect(again).toMatch(/^call 1 of process/);
    expect(again).not.toBe(first);
    expect(started.news.map(({ state }) => state)).toEqual(['ended', 'restarted']);
    expect(journalOf(started).filter((line) => line === 'tools/call die')).toHaveLength(1);
  });

  it('that dies again and again is not started for ever', async () => {
    const started = await start([]);
    for (let deaths = 0; deaths < 4; deaths++) await started.call('die');
    expect(textOf(await started.call('count'))).toContain('it has failed 4 times and is not started again in this run');
    expect(journalOf(started).filter((line) => line.startsWith('initialize'))).toHaveLength(4);
  });

  it('that never gives a result is told to stop, and can be called again', async () => {
    const started = await start([], { timeoutMs: 2_000 });
    expect(textOf(await started.call('hang'))).toMatch(/no result in time \(2 s.*may have had effects/);
    expect(textOf(await started.call('count'))).toMatch(/^call 1/);
    expect(journalOf(started)).toContain('notifications/cancelled ');
  });

  it('that reports progress is given more time', async () => {
    const { call } = await start([], { timeoutMs: 2_000 });
    expect(textOf(await call('progress'))).toBe('took its time');
  });

  it('is told when a call is aborted', async () => {
    const started = await start([]);
    const abort = new AbortController();
    const call = started.call('hang', abort.signal);
    while (!journalOf(started).includes('tools/call hang')) await new Promise((done) => setTimeout(done, 20));
    abort.abort(new Error('stopped'));
    await expect(call).rejects.toThrow();
    while (!journalOf(started).includes('notifications/cancelled ')) await new Promise((done) => setTimeout(done, 20));
  });

  it('whose output is huge is clipped, and beginning and end are kept', async () => {
    const { call, kept } = await start([]);
    const text = textOf(await call('big'));
    expect(text.length).toBeLessThan(14_000);
    expect(text).toMatch(
      /^start x+\n\[.*bytes left out; beginning and end of the output \(6000010 bytes in all\) are kept as blob1\]/,
    );
    expect(text.endsWith('x end')).toBe(true);
    expect(kept.get('blob1')?.length).toBeLessThan(4.1 * 1024 * 1024);
  });

  it('whose result is odd or a refusal is understood as far as that goes', async () => {
    const { call } = await start([]);
    expect(textOf(await call('odd_result'))).toBe(
      '[content of a kind that cannot be shown]\n[content of a kind that cannot be shown]\n[image, 0 bytes: cannot be shown; kept as blob1]',
    );
    expect(await call('refuse')).toMatchObject({ isError: true, content: [{ text: 'no' }] });
  });

  it('loses only the tools whose schemas are faulty', async () => {
    const { listed } = await start(['faulty-tools'], {
      tools: ['count', 'twice', 'list', 'none', 'round', 'dialect', 'odd', 'gone'],
    });
    expect(listed.tools.map(({ name }) => name)).toEqual(['mcp__f__count', 'mcp__f__twice']);
    expect(listed.problems.map(({ text }) => text)).toEqual([
      'the tool twice is left out: the server lists it twice',
      'the tool list is left out: its input schema is not of the type object',
      'the tool none is left out: its input schema is no object',
      'the tool round is left out: its input schema refers to itself',
      'the tool dialect is left out: its input schema is in a dialect that is not known: "https://example.com/own"',
      'the tool odd is left out: its input schema is not valid: type in #/properties/a',
      'a tool is left out: its name is not valid',
      'it has no tool gone, which the settings name',
    ]);
  });
});
