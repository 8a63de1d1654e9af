import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { ToolCallPart } from '../models/index.ts';
import { createHostSandbox, SandboxError } from '../sandbox/index.ts';
import type { NewEvent } from '../session/index.ts';
import { NO_GUARD } from '../test/no-rules.ts';
import { createToolState, type Tool, type ToolContext, textResult } from '../tools/index.ts';
import { batches, runCalls } from './turn.ts';

const tool = (name: string, parallel: boolean, run: () => Promise<void> = async () => undefined): Tool => ({
  name,
  description: '',
  input: z.unknown(),
  touches: parallel ? 'nothing' : 'anything',
  run: async () => {
    await run();
    return textResult(name);
  },
});
const call = (name: string, index: number): ToolCallPart => ({
  type: 'tool_call',
  id: `${name}${index}`,
  name,
  arguments: '{}',
});
const calls = (...names: string[]) => names.map(call);

const contextWith = (signal: AbortSignal): ToolContext => ({
  sandbox: createHostSandbox({ root: '/' }),
  cwd: '/',
  signal,
  keep: async () => 'out-0',
  redact: (text) => text,
  mayRead: () => true,
  recall: async () => ({ text: 'Nothing was said.', isError: false, details: {} }),
  state: createToolState(),
});

describe('calls of one turn', () => {
  it('are cut into batches of neighbours that only read; all else stands alone, in order', () => {
    const tools = [tool('read', true), tool('write', false)];
    const cut = batches(tools, calls('read', 'read', 'write', 'write', 'read', 'unknown', 'read'));
    expect(cut.map((batch) => batch.map(({ id }) => id))).toEqual([
      ['read0', 'read1'],
      ['write2'],
      ['write3'],
      ['read4'],
      ['unknown5'],
      ['read6'],
    ]);
    expect(batches(tools, [])).toEqual([]);
  });

  it('that only read run beside each other, and their results keep the order of the calls', async () => {
    // The first ends only when the second runs: one after the other they would never end.
    let release: () => void = () => undefined;
    const second = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tools = [tool('first', true, () => second), tool('second', true, async () => release())];
    const events: NewEvent[] = [];
    const log = (event: NewEvent) => void events.push(event);
    const results = await runCalls(
      tools,
      calls('first', 'second'),
      1,
      contextWith(new AbortController().signal),
      log,
      NO_GUARD,
    );
    expect(results.map(({ content }) => content)).toEqual([
      [{ type: 'text', text: 'first' }],
      [{ type: 'text', text: 'second' }],
    ]);
    expect(events.map((event) => `${event.type} ${'callId' in event ? event.callId : ''}`)).toEqual([
      'tool.started first0',
      'tool.started second1',
      'tool.finished first0',
      'tool.finished second1',
    ]);
  });

  it('of which one throws log nothing more, so that whoever catches it can say how each of them ended', async () => {
    const stop = new AbortController();
    let release: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      release = resolve;
    });
    const ended: string[] = [];
    let signalOfSlow: AbortSignal | undefined;
    const slow: Tool = {
      ...tool('slow', true),
      run: async (_, { signal }) => {
        signalOfSlow = signal;
        await late;
        ended.push('slow');
        return textResult('slow');
      },
    };
    const lost = new SandboxError('lost', 'the sandbox was lost', '');
    const tools = [tool('quick', true), tool('lost', true, () => Promise.reject(lost)), slow, tool('held', true)];
    const events: NewEvent[] = [];
    const guard = {
      ...NO_GUARD,
      before: async (call: ToolCallPart) => {
        if (call.name === 'held') await late.then(() => ended.push('held'));
        return null;
      },
    };
    const running = runCalls(
      tools,
      calls('quick', 'lost', 'slow', 'held'),
      1,
      contextWith(stop.signal),
      (event) => void events.push(event),
      guard,
    );
    await expect(running).rejects.toBe(lost);
    expect(signalOfSlow?.aborted).toBe(true);
    release();
    await vi.waitFor(() => expect(ended.toSorted()).toEqual(['held', 'slow']));
    await new Promise(setImmediate);
    expect(events.map((event) => `${event.type} ${'callId' in event ? event.callId : ''}`)).toEqual([
      'tool.started quick0',
      'tool.started lost1',
      'tool.started slow2',
      'tool.finished quick0',
    ]);
  });

  it('do not start any more once the run is stopped', async () => {
    const stop = new AbortController();
    const ran: string[] = [];
    const writing = (name: string, then: () => void) =>
      tool(name, false, async () => {
        ran.push(name);
        then();
      });
    const tools = [writing('first', () => stop.abort()), writing('second', () => undefined)];
    const results = await runCalls(
      tools,
      calls('first', 'second'),
      1,
      contextWith(stop.signal),
      () => undefined,
      NO_GUARD,
    );
    expect(ran).toEqual(['first']);
    expect(results).toHaveLength(1);
  });
});
