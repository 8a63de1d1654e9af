import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../session/index.ts';
import { createHooks } from './hooks.ts';

const SECRET = 'correct-horse-battery';

/** What a hook before a session comes to, and what is on record of it. */
async function said(command: string) {
  const events: NewEvent[] = [];
  const hooks = createHooks({
    hooks: { 'session-start': [{ command, timeout: 10_000 }] },
    world: { cwd: '/', env: process.env },
    common: {},
    redact: (text) => text.replaceAll(SECRET, '[redacted]'),
    log: (event) => void events.push(event),
    signal: new AbortController().signal,
  });
  return { word: await hooks('session-start', {}), record: JSON.stringify(events) };
}

describe('what a hook says', () => {
  it('is cut after its secrets have been taken out', async () => {
    const { word, record } = await said(
      `head -c 4080 /dev/zero | tr '\\0' z; printf %s correct-horse'-battery'; echo more`,
    );
    expect(word.text).toMatch(/^z{4080}\[redacted\]/);
    expect(Buffer.byteLength(word.text)).toBeLessThanOrEqual(4096);
    expect(record).not.toMatch(/zcorrect/);
  });

  it('is plain text, so that colours hide no secret', async () => {
    expect((await said("printf 'correct\\033[1m-horse-battery'")).word.text).toBe('[redacted]');
  });

  it('does not bring secrets of its command back where it objects', async () => {
    const { word, record } = await said(`: ${SECRET}; exit 2`);
    expect(word.blocked).toEqual({ command: ': [redacted]; exit 2', reason: 'it gave no reason' });
    expect(record).not.toContain(SECRET);
  });
});
