import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { readTask, type TaskSource } from './task-input.ts';

const folder = mkdtempSync(join(tmpdir(), 'drydock-task-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => void vi.useRealTimers());

const fileWith = (text: string | Buffer) => {
  const path = join(folder, 'task.md');
  writeFileSync(path, text);
  return path;
};
const piped = (...chunks: (string | Buffer)[]) => {
  const stdin = new PassThrough();
  for (const chunk of chunks) stdin.write(chunk);
  stdin.end();
  return stdin;
};
const terminal = (): TaskSource => Object.assign(new PassThrough(), { isTTY: true });

describe('the task', () => {
  it('is the argument, and stdin is left alone', async () => {
    const stdin = piped('other');
    expect(await readTask(' fix it\n', undefined, stdin)).toBe('fix it');
    expect(stdin.readableFlowing).toBeNull();
  });

  it('comes from a file', async () => {
    expect(await readTask(undefined, fileWith('from a file\n'), terminal())).toBe('from a file');
  });

  it('comes from stdin, whole, also where a character lies across two chunks', async () => {
    const bytes = Buffer.from('größer\n');
    expect(await readTask(undefined, undefined, piped(bytes.subarray(0, 3), bytes.subarray(3)))).toBe('größer');
    expect(await readTask('-', undefined, piped('dash'))).toBe('dash');
  });

  it.each([
    ['is empty', () => readTask('', undefined, terminal()), 'the task is empty'],
    ['is blank', () => readTask(' \n\t', undefined, terminal()), 'the task is empty'],
    ['is an empty stdin', () => readTask(undefined, undefined, piped()), 'the task is empty'],
    ['is given twice', () => readTask('a', fileWith('b'), terminal()), 'the task is given twice'],
    ['is given as - and a file', () => readTask('-', fileWith('b'), terminal()), 'the task is given twice'],
    ['is a missing file', () => readTask(undefined, join(folder, 'no'), terminal()), 'cannot be read: ENOENT'],
    ['is a folder', () => readTask(undefined, folder, terminal()), 'cannot be read: EISDIR'],
    ['holds NUL bytes', () => readTask(undefined, fileWith('a\0b'), terminal()), 'not UTF-8 text'],
    ['is not UTF-8', () => readTask(undefined, fileWith(Buffer.from([0x66, 0xff])), terminal()), 'not UTF-8'],
    ['is larger than 1 MiB', () => readTask(undefined, fileWith('x'.repeat(2 ** 20 + 1)), terminal()), '1 MiB'],
    ['is larger than 1 MiB on stdin', () => readTask(undefined, undefined, piped('x'.repeat(2 ** 21))), '1 MiB'],
    ['is neither given nor piped', () => readTask(undefined, undefined, terminal()), 'no task'],
  ])('is refused when it %s', async (_, read, message) => {
    await expect(read()).rejects.toThrow(message);
    await expect(read()).rejects.toMatchObject({ name: 'UsageError' });
  });

  it('is not waited for on a stdin that is open and silent', async () => {
    vi.useFakeTimers();
    const stdin = new PassThrough();
    const reading = readTask(undefined, undefined, stdin);
    const refused = expect(reading).rejects.toThrow('nothing came on stdin within 5 s');
    await vi.advanceTimersByTimeAsync(5000);
    await refused;
    expect(stdin.destroyed).toBe(true);
  });

  it('is waited for once stdin has begun to speak', async () => {
    vi.useFakeTimers();
    const stdin = new PassThrough();
    const reading = readTask(undefined, undefined, stdin);
    stdin.write('slow ');
    await vi.advanceTimersByTimeAsync(60_000);
    stdin.end('writer');
    expect(await reading).toBe('slow writer');
  });
});
