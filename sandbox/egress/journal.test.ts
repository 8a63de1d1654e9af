import { expect, it } from 'vitest';
import type { NetworkEvent } from '../sandbox.ts';
import { createJournal } from './journal.ts';

it('a connection is told once, with what was known when it ended', () => {
  const events: NetworkEvent[] = [];
  const journal = createJournal((event) => events.push(event));
  const entry = journal.begin();
  entry.know({ host: 'a.example.com', port: 443, verdict: 'allowed', reason: '' });
  let bytes: [number, number] = [0, 0];
  entry.count(() => bytes);
  bytes = [5, 7];
  entry.end();
  entry.know({ verdict: 'denied' });
  entry.end();
  journal.close();
  expect(events).toEqual([
    {
      type: 'network.connection',
      host: 'a.example.com',
      port: 443,
      address: null,
      verdict: 'allowed',
      reason: '',
      bytesUp: 5,
      bytesDown: 7,
      durationMs: expect.any(Number),
    },
  ]);
});

it('those that are open at the end are told then, and those beyond the limit are counted', () => {
  const events: NetworkEvent[] = [];
  const journal = createJournal((event) => events.push(event), 2);
  const entries = Array.from({ length: 5 }, () => journal.begin());
  entries[0]?.end();
  expect(events).toHaveLength(1);
  journal.close();
  journal.close();
  expect(events.map(({ type }) => type)).toEqual(['network.connection', 'network.connection', 'network.unlogged']);
  expect(events.at(-1)).toEqual({ type: 'network.unlogged', count: 3 });
});
