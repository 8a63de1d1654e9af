import { describe, expect, it } from 'vitest';
import type { SessionEvent } from '../session/index.ts';
import { countEdits, countErrorModes, type ErrorMode } from './error-modes.ts';

type Step = { name: string; args: Record<string, unknown>; isError?: boolean; details?: Record<string, unknown> };

/** The events of calls, as a log has them, with an end. */
function logOf(steps: readonly (Step | 'compaction')[], outcome = 'completed'): SessionEvent[] {
  const bodies = steps.flatMap((step, index) => {
    if (step === 'compaction') return [{ type: 'compaction.finished' }];
    const id = `c${index}`;
    const part = { type: 'tool_call', id, name: step.name, arguments: JSON.stringify(step.args) };
    return [
      { type: 'model.responded', message: { content: [part] } },
      {
        type: 'tool.finished',
        callId: id,
        name: step.name,
        isError: step.isError ?? false,
        details: step.details ?? {},
      },
    ];
  });
  return [...bodies, { type: 'run.finished', outcome }] as unknown as SessionEvent[];
}

const shell = (command: string, exitCode = 0): Step => ({
  name: 'shell',
  args: { command },
  isError: exitCode !== 0,
  details: { exitCode },
});
const read = (path: string): Step => ({ name: 'read_file', args: { path } });

/** The modes that a log shows. */
const modesOf = (events: readonly SessionEvent[]) =>
  Object.entries(countErrorModes(events)).flatMap(([mode, count]) => (count > 0 ? [`${mode} ${count}`] : []));

describe('what went wrong in a conversation', () => {
  it.each<[ErrorMode, (Step | 'compaction')[], string[]]>([
    [
      'unknown_tool',
      [{ name: 'bash', args: {}, isError: true, details: { error: 'unknown_tool' } }, shell('npm test')],
      ['unknown_tool 1'],
    ],
    [
      'invalid_arguments',
      [{ name: 'shell', args: {}, isError: true, details: { error: 'invalid_arguments' } }, shell('pytest -q')],
      ['invalid_arguments 1'],
    ],
    [
      'invented_path',
      [
        { name: 'read_file', args: { path: 'x' }, isError: true, details: { error: 'not_found' } },
        shell('node --test'),
      ],
      ['invented_path 1'],
    ],
    [
      'edit_did_not_apply',
      [{ name: 'apply_patch', args: { input: '' }, isError: true, details: { problems: [] } }, shell('go test ./...')],
      ['edit_did_not_apply 1'],
    ],
    ['call_repeated', [shell('ls'), shell('ls'), shell('python3 -m unittest')], ['call_repeated 1']],
    ['no_test_run', [shell('ls')], ['no_test_run 1']],
    ['success_after_failure', [shell('npm test', 1)], ['success_after_failure 1']],
    ['context_lost', [read('a'), 'compaction', read('b'), read('a'), shell('bash tests/all.sh')], ['context_lost 1']],
    [
      'hunted_for_answer',
      [shell('git log --all --oneline'), shell('curl -s http://x'), shell('npm test')],
      ['hunted_for_answer 2'],
    ],
  ])('%s', (_mode, steps, expected) => {
    expect(modesOf(logOf(steps))).toEqual(expected);
  });

  it('a limit that ended the run', () => {
    expect(modesOf(logOf([shell('npm test')], 'limit'))).toEqual(['limit_hit 1']);
  });

  it('nothing, where tests were run and passed in the end, and files were read once', () => {
    expect(
      modesOf(
        logOf([
          read('a'),
          shell('npm test', 1),
          shell('npm test -- --all'),
          'compaction',
          read('b'),
          shell('git log -3'),
        ]),
      ),
    ).toEqual([]);
  });
});

it('edits are counted by tool, and by whether they applied', () => {
  const steps: Step[] = [
    { name: 'edit', args: {} },
    { name: 'edit', args: { a: 1 }, isError: true },
    { name: 'apply_patch', args: {} },
  ];
  expect(countEdits(logOf(steps))).toEqual({ edit: { calls: 2, applied: 1 }, apply_patch: { calls: 1, applied: 1 } });
});
