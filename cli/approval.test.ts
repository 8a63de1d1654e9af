/** The question on the screen, and what a person may answer. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { answerOf, approver, questionText } from './approval.ts';

const question = (call: string) => ({ tool: 'shell', call, what: 'rm x', rule: 'shell(rm)' });
const live = { hold: () => undefined, goOn: () => undefined };

describe('the question', () => {
  it('shows the whole call, with nothing hidden in it', () => {
    const { head, call, isWhole } = questionText(question('command: rm x\n\x1b[2K\rls \u202e'), 24, 80);
    expect(head).toBe('May shell be called? (shell(rm): rm x)');
    expect(call).toBe('    command: rm x\n    ␛[2K␍ls <U+202E>');
    expect(isWhole).toBe(true);
  });

  it.each([
    ['many lines', Array.from({ length: 500 }, (_, index) => `line ${index}`).join('\n')],
    ['one long line', `begin${'x'.repeat(50_000)}end`],
    ['long lines', Array.from({ length: 9 }, () => 'y'.repeat(2000)).join('\n')],
  ])('of %s fits one screen, its beginning and its end, and says that there is more', (_what, text) => {
    const { call, isWhole } = questionText(question(text), 24, 80);
    expect(isWhole).toBe(false);
    const rows = call.split('\n').reduce((sum, line) => sum + Math.ceil(line.length / 80), 0);
    expect(rows).toBeLessThanOrEqual(22);
    expect(call.trimStart().slice(0, 5)).toBe(text.slice(0, 5));
    expect(call.slice(-3)).toBe(text.slice(-3));
    expect(call).toContain('[… not all of it is shown …]');
  });
});

describe('an answer', () => {
  it.each([
    ['y', { answer: 'yes', words: '' }],
    [' YES ', { answer: 'yes', words: '' }],
    ['a', { answer: 'always', words: '' }],
    ['n', { answer: 'no', words: '' }],
    ['no  use git mv', { answer: 'no', words: 'use git mv' }],
    [null, { answer: 'no', words: '' }],
    ['', null],
    ['yellow', null],
    ['y but not now', null],
    ['v', null],
  ])('%j is %j', (line, answer) => {
    expect(answerOf(line)).toEqual(answer);
  });

  it('is asked for where both ends are a terminal, and nowhere else', () => {
    const end = (isTTY: boolean) => Object.assign(new PassThrough(), { isTTY });
    expect(approver(end(true), end(false), live)).toBe(null);
    expect(approver(end(false), end(true), live)).toBe(null);
    expect(approver(end(true), end(true), live)).not.toBe(null);
  });

  it('is what is typed after the question, not before it', async () => {
    const [keyboard, screen] = [new PassThrough(), new PassThrough()].map((end) => Object.assign(end, { isTTY: true }));
    if (keyboard === undefined || screen === undefined) throw new Error('there are two');
    const approve = approver(keyboard, screen, live);
    keyboard.write('y\n');
    let shown = '';
    screen.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      if (shown.endsWith('? ') || shown.endsWith('? \x1b[22m')) keyboard.write('n later\n');
    });
    const answer = await approve?.(question('rm x'), new AbortController().signal);
    expect(answer).toEqual({ answer: 'no', words: 'later' });
  });
});
