/** What becomes of processes that a tool call has left running: over the real tools and the host's processes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { NewEvent } from '../session/index.ts';
import { makeToolContext } from '../test/tool-context.ts';
import { defaultTools, runToolCall } from '../tools/index.ts';
import { watchBackground } from './background.ts';

async function play() {
  const test = await makeToolContext();
  onTestFinished(() => test.close());
  const events: NewEvent[] = [];
  const { state } = test.context;
  const background = watchBackground(state, (event) => events.push(event));
  const call = async (name: string, input: object) => {
    const call = { type: 'tool_call' as const, id: 'c', name, arguments: JSON.stringify(input) };
    const result = await runToolCall(defaultTools('edit'), call, test.context);
    background.watch();
    return result;
  };
  const seen = () =>
    events.map((event) =>
      event.type === 'process.ended'
        ? `${event.handle} ${event.reason} ${event.exitCode}`
        : event.type === 'notice'
          ? event.text.replace(/\d+\.\d s/g, 'N s')
          : event.type,
    );
  const logged = async (count: number) => {
    while (events.length < count) await sleep(5);
  };
  const start = (command: string, more: object = {}) => call('shell', { command, yield_ms: 0, ...more });
  return { ...test, background, call, start, seen, logged };
}

describe('a process that was left running', () => {
  it('has its end in the log as soon as it ends by itself, and the model is told once', async () => {
    const { start, sandbox, background, seen, logged, call } = await play();
    await start('until [ -e go ]; do sleep 0.02; done; echo bye; exit 3');
    background.tell();
    expect(seen()).toEqual([]);
    await sandbox.writeFile('go', '');
    await logged(1);
    background.tell();
    background.tell();
    expect(seen()).toEqual([
      'p1 exited 3',
      'p1 (until [ -e go ]; do sleep 0.02; done; echo bye; exit 3) has ended: exit 3, N s.\nWhat was not shown yet of the output can be had with a poll.',
    ]);
    const { content } = await call('process', { handle: 'p1', action: 'poll' });
    expect(JSON.stringify(content)).toContain('bye');
  });

  it('is not told of again to a model that has seen its end in a result', async () => {
    const { start, background, seen, call } = await play();
    await start('sleep 300');
    await call('process', { handle: 'p1', action: 'kill' });
    background.tell();
    expect(seen()).toEqual(['p1 killed 137']);
  });

  it('has its end when its timeout kills it', async () => {
    const { start, background, seen, logged } = await play();
    await start('sleep 300', { timeout_ms: 50 });
    await logged(1);
    background.tell();
    expect(seen()).toEqual(['p1 timeout 137', expect.stringContaining('killed at its timeout')]);
  });

  it('has its end when the run ends', async () => {
    const { start, background, seen } = await play();
    await start('sleep 300');
    await start('sleep 301');
    await background.end();
    expect(seen().sort()).toEqual(['p1 killed 137', 'p2 killed 137']);
  });

  it('has its end when there is nothing left to kill, and when it cannot be killed', async () => {
    for (const how of ['lose', 'end'] as const) {
      const { start, background, seen, context } = await play();
      await start('sleep 300');
      const child = context.state.processes.get('p1');
      if (child === undefined) throw new Error('it does not run');
      const kill = vi.spyOn(child, 'kill').mockRejectedValue(new Error('gone'));
      await background[how]();
      expect(seen()).toEqual(['p1 lost null']);
      kill.mockRestore();
    }
  });

  it('has one end, though its handle is used again', async () => {
    const { start, background, seen, call } = await play();
    await start('sleep 300');
    await call('process', { handle: 'p1', action: 'kill' });
    await start('sleep 301');
    await background.end();
    expect(seen()).toEqual(['p1 killed 137', 'p1 killed 137']);
  });

  it('is forgotten with its sandbox', async () => {
    const { start, background, seen, context, sandbox } = await play();
    await start('sleep 300');
    background.forget();
    await sandbox.dispose();
    background.tell();
    await background.end();
    expect([seen(), context.state.processes.size]).toEqual([[], 0]);
  });
});
