import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { NO_USAGE } from '../models/index.ts';
import { createSession, fold, type NewEvent, readEvents, type SessionEvent } from '../session/index.ts';
import { forkSession } from './fork.ts';

const responded = (turn: number): NewEvent[] => [
  { type: 'model.requested', turn, estimatedTokens: 1 },
  {
    type: 'model.responded',
    turn,
    message: { role: 'assistant', model: 'p:m', content: [{ type: 'text', text: 'Done.' }] },
    stopReason: 'end',
    usage: NO_USAGE,
    durationMs: 1,
    firstTokenMs: null,
  },
];

it('a fork goes on with the model that the session had then', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-fork-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const session = await createSession(folder, {
    id: 'a',
    drydockVersion: '0',
    repository: null,
    sandbox: { backend: 'docker', image: null, network: 'none', workspace: '/workspace' },
    model: 'p:first',
    contextWindow: 1000,
    editTool: 'edit',
    limits: { maxTurns: 9, maxCostUsd: null, timeoutMs: null, verify: null, verifyAttempts: 1 },
    configurationDigest: 'd',
    instructions: [],
    system: 's',
    tools: [],
  });
  const moved = { model: 'p:second', contextWindow: 2000, reasoningEffort: 'high', editTool: 'apply_patch' } as const;
  const changed = { from: 'p:first', ...moved, tools: [], configurationDigest: 'e', reason: 'fallback' };
  const events: NewEvent[] = [...responded(1), ...responded(2), { type: 'model.changed', ...changed }, ...responded(3)];
  for (const event of events) session.append(event);
  await session.close();

  const modelAt = async (turn: number | null) => {
    const { session: id } = await forkSession(session.dir, folder, turn);
    const forked: SessionEvent[] = [];
    for await (const event of readEvents(join(folder, id))) forked.push(event);
    return fold(forked).model;
  };
  expect(await modelAt(1)).toEqual({ model: 'p:first', contextWindow: 1000, reasoningEffort: null, editTool: 'edit' });
  expect(await modelAt(3)).toEqual(moved);
  expect(await modelAt(null)).toEqual(moved);
});
