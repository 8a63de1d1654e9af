import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createSession, type NewEvent, newSessionId } from '../session/index.ts';
import { makeToolContext } from '../test/tool-context.ts';
import { openMcp } from './mcp.ts';

it('A server that says again and again that its list of tools has changed is asked for it once more, not each time', async () => {
  const world = await makeToolContext();
  const { sandbox } = world;
  const folder = world.context.cwd;
  const journal = join(folder, 'journal');
  const command = [process.execPath, join(import.meta.dirname, '../test/faulty-mcp-server.cjs'), 'insists'];
  const session = await createSession(join(folder, 'sessions'), {
    id: newSessionId(),
    drydockVersion: '0',
    repository: null,
    sandbox: { backend: 'host', image: null, network: 'full', workspace: folder },
    model: 'anthropic:claude-haiku-4-5',
    contextWindow: 200_000,
    editTool: 'edit',
    limits: { maxTurns: 5, maxCostUsd: null, timeoutMs: null, verify: null, verifyAttempts: 1 },
    configurationDigest: '0',
    instructions: [],
    system: 'Work.',
    tools: [],
    mcp: [
      {
        name: 'f',
        transport: { kind: 'stdio', command, env: { MCP_JOURNAL: journal }, cwd: null },
        timeoutMs: 20_000,
        startTimeoutMs: 20_000,
        required: false,
        tools: null,
        exclude: [],
      },
    ],
  });
  const events: NewEvent[] = [];
  const mcp = await openMcp(session, {
    sandbox,
    still: async () => undefined,
    env: {},
    version: '0',
    signal: new AbortController().signal,
    redact: (text) => text,
    log: (event) => void events.push(event),
    stop: () => undefined,
  });
  onTestFinished(async () => {
    await mcp.close();
    await session.close();
    await world.close();
  });
  await mcp.tools.find(({ name }) => name === 'mcp__f__insist')?.run({}, world.context);
  await mcp.tools.find(({ name }) => name === 'mcp__f__change')?.run({}, world.context);
  await vi.waitFor(() => expect(events.map(({ type }) => type)).toEqual(['mcp.listed', 'mcp.server']));
  // Each time at most three times, since it changes while it is read.
  expect(readFileSync(journal, 'utf8').match(/tools\/list/g)?.length).toBeLessThan(20);
});
