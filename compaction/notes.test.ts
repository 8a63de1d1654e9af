import { describe, expect, it } from 'vitest';
import { plainItem } from '../session/index.ts';
import { writeHandoff } from './handoff.ts';
import { entriesIn, notCarried } from './notes.ts';

const summary = (...findings: string[]) =>
  `## Done\nnone\n## Findings\n${findings.map((line) => `- ${line}`).join('\n')}\n## Decisions\nNone.\n## Open\nnone\n## Next\nnone`;
/** A history of nothing but the handoffs with these summaries. */
function history(...summaries: string[]) {
  const items: ReturnType<typeof plainItem>[] = [];
  for (const text of summaries) {
    const handoff = writeHandoff({ ledger: '', summary: text, recall: true });
    items.push({ ...plainItem(items, 'handoff', [{ type: 'text', text: handoff }]), hidden: true });
  }
  return items;
}

describe('notes of earlier summaries', () => {
  it('are those that the newest summary does not say again, the newest at the end', () => {
    const before = history(
      summary('the port is 8080', 'the key is in a.env'),
      summary('the port is 8080', 'it needs node 24'),
    );
    expect(notCarried(before, 'Findings', summary('it needs node 24'))).toEqual([
      'the key is in a.env',
      'the port is 8080',
    ]);
  });

  it('are none of what was said again in other words with the same names and numbers', () => {
    const before = history(
      summary('the server listens on port 8080 (src/server.ts)', 'tests are slow on this machine'),
    );
    const now = summary('src/server.ts opens 8080', 'on this machine tests are very slow');
    expect(notCarried(before, 'Findings', now)).toEqual([]);
  });

  it('are entries of the section that is asked for, and no words that there are none', () => {
    expect(entriesIn(summary('a', 'b'), 'Findings')).toEqual(['a', 'b']);
    expect(entriesIn(summary('a'), 'Decisions')).toEqual([]);
    expect(notCarried(history(summary('a')), 'Decisions', '')).toEqual([]);
  });
});
