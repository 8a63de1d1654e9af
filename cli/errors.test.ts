import { describe, expect, it } from 'vitest';
import { BotError } from '../bot/index.ts';
import { resolveModel } from '../models/index.ts';
import { RepositoryError, SandboxError } from '../sandbox/index.ts';
import { SessionError } from '../session/index.ts';
import { explain, UsageError, withHint } from './errors.ts';

describe('an error', () => {
  it.each([
    [new UsageError('the task is empty', 'give one'), 2, 'the task is empty — give one'],
    [new RepositoryError('no_commit', 'no commit yet', 'make one'), 2, 'no commit yet — make one'],
    [new SessionError('in_use', 'in use', 'wait'), 2, 'in use — wait'],
    [new SandboxError('engine_unreachable', 'no engine', 'start one'), 4, 'no engine — start one'],
    [new BotError('forge', 'no answer', 'run it again'), 6, 'no answer — run it again'],
    [new BotError('input', 'no job', 'make one'), 2, 'no job — make one'],
  ])('becomes one line with the way out, and the documented exit code: %s', (error, exitCode, line) => {
    expect(explain(error)).toEqual({ line, exitCode });
  });

  it('of a model setting is one of configuration', () => {
    let thrown: unknown;
    try {
      resolveModel('nobody:model');
    } catch (error) {
      thrown = error;
    }
    expect(explain(thrown)).toMatchObject({ exitCode: 2, line: expect.stringContaining("unknown provider 'nobody'") });
  });

  it('that nobody foresaw says so, with its stack for the report', () => {
    const { line, exitCode } = explain(new TypeError('x is not a function'));
    expect(exitCode).toBe(1);
    expect(line).toMatch(/^internal error, please report it: TypeError: x is not a function\n\s+at /);
    expect(explain('words').line).toBe('internal error, please report it: words');
  });
});

describe('a message and its hint', () => {
  it('are one line, whatever the message holds', () => {
    expect(withHint(' a\n  b\r\nc ', 'do this')).toBe('a b c — do this');
    expect(withHint('a', '')).toBe('a');
  });

  it('hold nothing that a terminal would act on', () => {
    expect(withHint('bad \x1b[31mkey\x1b]52;c;AAAA\x07', '')).toBe('bad key');
  });
});
