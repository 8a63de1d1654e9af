import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportOf } from './data.ts';
import { code, markdownReport } from './markdown.ts';
import { HOSTILE, sampleRecord, sampleResult } from './sample-run.ts';

const record = sampleRecord(3, 2);
const results = [1, 2, 3].flatMap((task) => [
  sampleResult(record, [1, task, 1]),
  sampleResult(record, [1, task, 2], { compactions: 1 }),
  sampleResult(record, [2, task, 1], { outcome: task === 1 ? 'infra' : 'unresolved' }),
  sampleResult(record, [3, task, 1]),
]);

describe('the report as Markdown', () => {
  const lines = markdownReport(reportOf({ folder: '/r', record, results })).split('\n');
  const row = (start: string) => lines.find((line) => line.startsWith(start));

  it('has both denominators of each agent, and what else came out', () => {
    expect(row('| `first`')).toContain('| 6/6 | 6/6 |');
    expect(row('| `second`')).toContain('| 0/2 | 0/3 |');
    expect(row('| `second`')).toContain('1 `infra` |');
  });

  it('shows each trial of tasks × agents by a sign, also those that have not been run', () => {
    expect(row('| `task-1` |')).toBe('| `task-1` | ✓ ✓ | E · | ✓ · |');
    expect(row('| `task-2` |')).toBe('| `task-2` | ✓ ✓ | ✗ · | ✓ · |');
    expect(row('**')).toBe('**6 trials have not been run.**');
  });

  it('has comparisons, edits by model, localisation and compactions', () => {
    expect(row('| `second` against `first`')).toContain('−100.0 (');
    expect(row('| `p:first` | `edit`')).toBe('| `p:first` | `edit` | 24 | 18 | 75 % |');
    expect(row('| `gold` | 100 % | 100 %')).toBe('| `gold` | 100 % | 100 % | 3 |');
    expect(lines).toContain('| `first` | 3 | 3 | 3 |');
  });

  it('has rows as wide as their heads, whatever names and reasons say', () => {
    const named = {
      ...record,
      agents: record.agents.map((agent) => ({ ...agent, name: `${HOSTILE}${agent.name}` })),
      tasks: record.tasks.map((task) => ({ ...task, id: `${task.id}${HOSTILE}` })),
      left: [{ id: HOSTILE, origin: 'o', problem: HOSTILE }],
    };
    const trials = results.map((result) => ({ ...result, agent: HOSTILE + result.agent, task: result.task + HOSTILE }));
    const text = markdownReport(reportOf({ folder: '/r', record: named, results: trials }));
    expect(text).not.toMatch(/<(?!\/?code>)/);
    for (const hidden of ['\u202e', '\u200b', '\x1b', '@team']) expect(text).not.toContain(hidden);
    const tables = text
      .trimEnd()
      .split('\n\n')
      .filter((block) => block.startsWith('|'));
    expect(tables.length).toBeGreaterThan(5);
    for (const block of tables) {
      const widths = new Set(block.split('\n').map((line) => line.split('|').length));
      expect(widths.size, block).toBe(1);
    }
  });
});

describe('code', () => {
  it('is one line that holds no markup, whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 0x10ffff }), { minLength: 1 }), (points) => {
        expect(code(String.fromCodePoint(...points))).toMatch(/^(`[^`|\\\n]+`|<code>[^<>`|\\\n*_[\]@]*<\/code>)$/);
      }),
    );
  });
});
