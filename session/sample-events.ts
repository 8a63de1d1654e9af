/** Events for the tests of this folder. */
import { type AssistantMessage, NO_USAGE, type StopReason } from '../models/index.ts';
import type { CreatedEvent, EventBody } from './events.ts';

/** A complete `session.created`, without its type. */
export function sampleCreated(id = '20261124-153012-k3f9'): Omit<CreatedEvent, 'type'> {
  return {
    id,
    drydockVersion: '0.1.0',
    repository: { root: '/r', base: 'a'.repeat(40), branch: 'main', prefix: '', objectFormat: 'sha1' },
    sandbox: { backend: 'docker', image: 'i', network: 'none', workspace: '/workspace' },
    model: 'p:m',
    contextWindow: 1000,
    editTool: 'edit',
    limits: { maxTurns: 9, maxCostUsd: null, timeoutMs: null, verify: null, verifyAttempts: 1 },
    configurationDigest: 'd',
    instructions: [],
    system: 's',
    tools: ['shell'],
  };
}

export function prompt(text: string): Extract<EventBody, { type: 'prompt' }> {
  return { type: 'prompt', content: [{ type: 'text', text }] };
}

/** A response with a text, where one is given, and a call for each id. */
export function responded(
  turn: number,
  parts: { text?: string; calls?: string[]; stopReason?: StopReason },
): Extract<EventBody, { type: 'model.responded' }> {
  const calls = parts.calls ?? [];
  const content: AssistantMessage['content'] = parts.text === undefined ? [] : [{ type: 'text', text: parts.text }];
  for (const id of calls) content.push({ type: 'tool_call', id, name: 'shell', arguments: '{}' });
  return {
    type: 'model.responded',
    turn,
    message: { role: 'assistant', model: 'p:m', content },
    stopReason: parts.stopReason ?? (calls.length > 0 ? 'tool_calls' : 'end'),
    usage: { ...NO_USAGE, inputTokens: 10, costUsd: 0.5 },
    durationMs: 1,
    firstTokenMs: null,
  };
}

export function started(turn: number, callId: string): Extract<EventBody, { type: 'tool.started' }> {
  return { type: 'tool.started', turn, callId, name: 'shell' };
}

export function finished(turn: number, callId: string, text = 'ok'): Extract<EventBody, { type: 'tool.finished' }> {
  return {
    type: 'tool.finished',
    turn,
    callId,
    name: 'shell',
    content: [{ type: 'text', text }],
    isError: false,
    details: {},
    durationMs: 1,
  };
}

export function runFinished(): Extract<EventBody, { type: 'run.finished' }> {
  return {
    type: 'run.finished',
    outcome: 'completed',
    exitCode: 0,
    message: 'done',
    hint: '',
    usage: NO_USAGE,
    turns: 1,
    durationMs: 1,
  };
}
