import { describe, expect, it } from 'vitest';
import { type EventBody, SessionError, type SessionEvent } from '../../../session/index.ts';
import { finished, prompt, responded, runFinished } from '../../../session/sample-events.ts';
import { sizeOf } from './markup.ts';
import { trajectoryOf } from './trajectory.ts';

async function* logged(bodies: readonly EventBody[]): AsyncGenerator<SessionEvent> {
  for (const [index, body] of bodies.entries()) yield { v: 1, seq: index + 1, at: '2026-11-24T15:30:12Z', ...body };
}

const TURNS = Array.from({ length: 200 }, (_, index): EventBody[] => [
  responded(index + 1, { text: `Says ${index + 1}.`, calls: [`c${index + 1}`] }),
  finished(index + 1, `c${index + 1}`, `Result ${index + 1}.`),
]).flat();

describe('trajectoryOf', () => {
  it('shows prompts, what the model said and called, results and the end', async () => {
    const { entries, shown, left } = await trajectoryOf(
      logged([prompt('Do it.'), ...TURNS.slice(0, 2), runFinished()]),
      9999,
    );
    for (const part of ['Do it.', 'Says 1.', 'shell', 'Result 1.', 'end: completed'])
      expect(entries.markup).toContain(part);
    expect([shown, left]).toEqual([4, 0]);
  });

  it('keeps the beginning and the end where there is no room, and counts what it left out', async () => {
    const { entries, shown, left } = await trajectoryOf(logged([prompt('Do it.'), ...TURNS, runFinished()]), 5000);
    expect(entries.markup).toMatch(
      /Do it\.[\s\S]*Result 1\.[\s\S]* steps left out [\s\S]*Result 200\.[\s\S]*end: completed/,
    );
    expect(sizeOf(entries)).toBeLessThanOrEqual(5100);
    expect(shown + left).toBe(402);
  });

  it('cuts a long result in its middle', async () => {
    const long = `begin ${'x'.repeat(50_000)} end`;
    const { entries } = await trajectoryOf(logged([finished(1, 'c', long)]), 99_999);
    expect(entries.markup).toMatch(/begin x+\n<i class="left">… \d+ characters left out …<\/i>\nx+ end/);
    expect(sizeOf(entries)).toBeLessThan(5000);
  });

  it('shows a compaction with its tokens before and after', async () => {
    const compaction: EventBody = {
      type: 'compaction.finished',
      ...{ trigger: 'turn', strategy: 'layered', rung: 'summarise', actions: [], struck: [], durationMs: 1 },
      tokensBefore: 12_000,
      tokensAfter: 3000,
      handoff: 'What was done.',
      usage: runFinished().usage,
    };
    const { entries } = await trajectoryOf(logged([compaction]), 9999);
    expect(entries.markup).toContain('12.0k → 3.0k tokens');
    expect(entries.markup).toContain('What was done.');
  });

  it('shows arguments that are texts as they are, and broken ones too', async () => {
    const call = responded(1, { calls: ['c'] });
    const withArguments = (text: string): EventBody => ({
      ...call,
      message: { ...call.message, content: [{ type: 'tool_call', id: 'c', name: 'shell', arguments: text }] },
    });
    const { entries } = await trajectoryOf(
      logged([withArguments('{"command":"a\\nb","n":1}'), withArguments('{"command": "c')]),
      9999,
    );
    expect(entries.markup).toContain('>a\nb<');
    expect(entries.markup).toContain('{&#34;command&#34;: &#34;c');
  });

  it('says what is wrong with a log that breaks off, after what could be read', async () => {
    async function* broken(): AsyncGenerator<SessionEvent> {
      yield* logged([prompt('Do it.')]);
      throw new SessionError('corrupt', 'line 2 is damaged');
    }
    const { entries, problem } = await trajectoryOf(broken(), 9999);
    expect(entries.markup).toContain('Do it.');
    expect(problem).toBe('line 2 is damaged');
  });
});
