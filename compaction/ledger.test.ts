import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../models/index.ts';
import { factsOf, failingLines, joined } from './facts.ts';
import { ledgerOf, type Standing } from './ledger.ts';
import { historyOf, prompt, ran, read, turn } from './sample-items.ts';

const standing: Standing = { plan: [], processes: {}, lastVerify: null, instructions: [], root: '/workspace' };

const NOTHING = { decided: [], found: [] };

describe('the facts of a history', () => {
  it('are the files that were read, with their lines and the newest handle', () => {
    const items = historyOf(
      prompt('task'),
      turn(1, [{ ...read('src/a.ts', 80, 300), details: { first: 1, last: 80, lines: 300 } }, read('b.md')]),
      turn(2, [{ ...read('/workspace/src/a.ts'), details: { first: 200, last: 240, lines: 300 } }]),
      turn(3, [{ ...read('gone.ts'), error: true }]),
    );
    expect(factsOf(items, '/workspace').read).toEqual([
      { path: 'b.md', lines: null, handle: 'm2.2' },
      { path: 'src/a.ts', lines: '1-80, 200-240', handle: 'm3.1' },
    ]);
  });

  it('are the files that were changed, by whichever tool, and not those of a call that failed', () => {
    const files = [{ path: '/workspace/src/a.ts', change: 'updated' }];
    const items = historyOf(
      prompt('task'),
      turn(1, [{ name: 'edit', args: { path: 'src/a.ts' }, details: { files } }]),
      turn(2, [
        { name: 'apply_patch', args: { input: '…' }, details: { files: [...files, { path: '/workspace/new.ts' }] } },
      ]),
      turn(3, [
        { name: 'write_file', args: { path: './notes.md' } },
        { name: 'write_file', args: { path: 'no.md' }, error: true },
      ]),
    );
    expect(factsOf(items, '/workspace').changed).toEqual([
      { path: 'src/a.ts', times: 2, handle: 'm3.1' },
      { path: 'new.ts', times: 1, handle: 'm3.1' },
      { path: 'notes.md', times: 1, handle: 'm4.1' },
    ]);
  });

  it('are the commands with their newest exit code, and what the newest test run said of what fails', () => {
    const output = 'RUN\n ✗ adds two numbers\nok 3\nFAIL src/a.test.ts\n';
    const items = historyOf(
      prompt('task'),
      turn(1, [ran('npm test', 0)]),
      turn(2, [ran('make', 2), ran('npm test', 1, output)]),
    );
    const { commands, failing } = factsOf(items, '/workspace');
    expect(commands).toEqual([
      { command: 'make', exitCode: 2, times: 1, handle: 'm3.1' },
      { command: 'npm test', exitCode: 1, times: 2, handle: 'm3.2' },
    ]);
    expect(failing).toEqual({
      command: 'npm test',
      handle: 'm3.2',
      lines: [' ✗ adds two numbers', 'FAIL src/a.test.ts'],
    });
  });

  it('have no failing tests once a test run has passed', () => {
    const items = historyOf(prompt('task'), turn(1, [ran('pytest', 1)]), turn(2, [ran('pytest -q', 0)]));
    expect(factsOf(items, '/workspace').failing).toBeNull();
  });

  it('take arguments of any kind', () => {
    const calls = ['{', '[]', 'null', '3', '{"path":3}', '{"path":""}'].map((args) => ({ name: 'read_file', args }));
    expect(factsOf(historyOf(prompt('task'), turn(1, calls)), '/workspace')).toMatchObject({ read: [], changed: [] });
  });

  it('say the last lines of a test run where none looks like a failure', () => {
    expect(failingLines(`${'fine\n'.repeat(20)}the end`)).toHaveLength(8);
  });

  it('join ranges of lines that touch', () => {
    expect(
      joined([
        [10, 20],
        [1, 5],
        [6, 8],
        [15, 30],
      ]),
    ).toBe('1-8, 10-30');
  });
});

describe('the ledger', () => {
  const items = historyOf(
    prompt('the task'),
    prompt('and do not touch the tests'),
    turn(1, [read('a.ts'), ran('npm test', 1, 'FAIL a')]),
    turn(2, [{ name: 'write_file', args: { path: 'b.ts' } }]),
  );

  it('names each kind of fact with its handle', () => {
    const text = ledgerOf(
      items,
      items.slice(1, 2),
      { decided: ['Use tabs'], found: ['The port is 8080'] },
      {
        ...standing,
        plan: [
          { step: 'read', status: 'completed' },
          { step: 'mend', status: 'in_progress' },
        ],
        processes: { p1: 'npm run dev' },
        lastVerify: {
          type: 'verify.finished',
          attempt: 1,
          command: 'make check',
          exitCode: 2,
          output: '',
          durationMs: 1,
        },
        instructions: ['AGENTS.md'],
      },
      1000,
    );
    expect(text.split('\n')).toEqual([
      'Instructions in force (in the system prompt): AGENTS.md',
      'Earlier user messages, not shown:',
      '- "and do not touch the tests" (m2)',
      'Changed files: b.ts (m4.1)',
      'Read files: a.ts (m3.1)',
      'Commands:',
      '- `npm test` exit 1 (m3.2)',
      'Noted earlier (may be out of date):',
      '- The port is 8080',
      'Decided earlier (may be out of date):',
      '- Use tabs',
      'Plan:',
      '- [x] read',
      '- [>] mend',
      'Running processes:',
      '- p1 `npm run dev`',
      'The check that decides failed last time:',
      '- `make check` exit 2',
      'Failing tests:',
      '- `npm test` (m3.2)',
      '- FAIL a',
    ]);
  });

  it('is empty where there is nothing to say', () => {
    expect(ledgerOf([], [], NOTHING, standing, 1000)).toBe('');
  });

  it('keeps the newest where not all fits, and says how many it leaves out', () => {
    const many = historyOf(
      prompt('task'),
      ...Array.from({ length: 300 }, (_, index) => turn(index, [read(`f${index}.ts`, 1)])),
    );
    const text = ledgerOf(many, [], NOTHING, standing, 200);
    expect(text).toContain('f299.ts (m301.1)');
    expect(text).not.toContain('f0.ts (');
    expect(text).toMatch(/Read files: \d+ older ones: ask recall, /);
  });

  it('never takes more than its budget, whatever there is to say', () => {
    const call = fc.oneof(
      fc.string({ maxLength: 300 }).map((path) => read(path || 'x', 2)),
      fc
        .tuple(fc.string({ maxLength: 500 }), fc.nat(2), fc.string({ maxLength: 500 }))
        .map(([command, code, out]) => ran(`npm test ${command}`, code, out)),
    );
    fc.assert(
      fc.property(
        fc.array(call, { maxLength: 60 }),
        fc.array(fc.string(), { maxLength: 20 }),
        fc.nat(2000),
        (calls, decided, budget) => {
          const history = historyOf(prompt('task'), ...calls.map((each, index) => turn(index, [each])));
          expect(
            estimateTokens(ledgerOf(history, [], { decided, found: decided }, standing, budget)),
          ).toBeLessThanOrEqual(budget + 8);
        },
      ),
    );
  });
});
