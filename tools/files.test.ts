import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeToolContext, type TestContext, textOf } from '../test/tool-context.ts';
import { edit } from './edit.ts';
import { readFile, windowOf } from './read-file.ts';
import { updatePlan } from './update-plan.ts';
import { writeFile } from './write-file.ts';

/** One pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);

let test: TestContext;
beforeEach(async () => {
  test = await makeToolContext({ 'a.txt': 'one\ntwo\nthree\n', 'sub dir/b.txt': 'b' });
});
afterEach(() => test.close());
const read = async (path: string, rest: { offset?: number; limit?: number } = {}) =>
  readFile.run({ path, ...rest }, test.context);

describe('read_file', () => {
  it('gives a whole file as it is, by relative or absolute path', async () => {
    expect(textOf(await read('a.txt'))).toBe('one\ntwo\nthree');
    expect(textOf(await read(`${test.context.cwd}/a.txt`))).toBe('one\ntwo\nthree');
  });

  it('gives a range of lines and says how to go on', async () => {
    expect(textOf(await read('a.txt', { offset: 2, limit: 1 }))).toBe('two\n[lines 2-2 of 3; go on with offset 3]');
    expect(textOf(await read('a.txt', { offset: 3 }))).toBe('three\n[lines 3-3 of 3]');
  });

  it('says so when the offset is behind the end', async () => {
    const result = await read('a.txt', { offset: 4 });
    expect([result.isError, textOf(result)]).toEqual([true, 'offset 4 is behind the end: the file has 3 lines.']);
  });

  it('stops at 2000 lines', async () => {
    await test.sandbox.writeFile('long', 'x\n'.repeat(5000));
    expect(textOf(await read('long'))).toMatch(/\n\[lines 1-2000 of 5000; go on with offset 2001\]$/);
  });

  it('stops at 64 KB, and shows the start of a line that is longer than that', async () => {
    await test.sandbox.writeFile('wide', `${'y'.repeat(999)}\n`.repeat(100));
    expect(textOf(await read('wide'))).toMatch(/\n\[lines 1-65 of 100; go on with offset 66\]$/);
    await test.sandbox.writeFile('one-line', 'z'.repeat(100_000));
    const text = textOf(await read('one-line'));
    expect(text).toContain('line 1 has 100000 bytes, its first 65536 are shown');
    expect(text.indexOf('\n')).toBe(65_536);
  });

  it('reads all of a long file in steps, losing nothing', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `${i}`.padEnd(i % 97));
    let offset = 1;
    const seen: string[] = [];
    while (offset <= lines.length) {
      const { first, end } = windowOf(lines, offset, 2000);
      seen.push(...lines.slice(first, end));
      offset = end + 1;
    }
    expect(seen).toEqual(lines);
  });

  it('says that a file is empty, has CRLF, mixed endings or no final newline, without showing carriage returns', async () => {
    await test.sandbox.writeFile('empty', '');
    await test.sandbox.writeFile('crlf', 'a\r\nb\r\n');
    await test.sandbox.writeFile('mixed', 'a\r\nb');
    expect(textOf(await read('empty'))).toBe('[empty file]');
    expect(textOf(await read('crlf'))).toBe('a\nb\n[line endings: CRLF]');
    expect(textOf(await read('mixed'))).toBe('a\nb\n[line endings: mixed, 1 CRLF; no newline at the end of the file]');
  });

  it('gives an image as an image', async () => {
    await test.sandbox.writeFile('i.png', PNG);
    const result = await read('i.png');
    expect(result.content[1]).toEqual({
      type: 'image',
      mediaType: 'image/png',
      data: PNG.toString('base64'),
      longestSide: 1,
    });
  });

  it('says what is wrong with an image that no provider would take, and sends none', async () => {
    await test.sandbox.writeFile('i.png', PNG.subarray(0, 40));
    const result = await read('i.png');
    expect(result.content).toEqual([
      { type: 'text', text: '[PNG image, 40 bytes: damaged or cut off, so it is not shown; inspect it with shell]' },
    ]);
  });

  it('reports other binary files by type and size', async () => {
    await test.sandbox.writeFile('data', Buffer.from([1, 0, 2]));
    await test.sandbox.writeFile('x.pdf', '%PDF-1.7 …');
    expect(textOf(await read('data'))).toBe('[binary file: unknown type, 3 bytes; inspect it with shell]');
    expect(textOf(await read('x.pdf'))).toContain('PDF document');
  });

  it.each([
    ['missing', 'no such file'],
    ['sub dir', 'it is a folder'],
    ['a.txt/x', 'not a folder'],
  ])('reports %s as an error that names it', async (path, message) => {
    const result = await read(path);
    expect(result.isError).toBe(true);
    expect(textOf(result)).toContain(path);
    expect(textOf(result)).toContain(message);
  });
});

describe('write_file', () => {
  it('says whether it created or overwrote, and how many lines there are', async () => {
    const write = async (content: string) => textOf(await writeFile.run({ path: 'new/c.txt', content }, test.context));
    expect(await write('x\ny\n')).toBe('Created new/c.txt: 2 lines.');
    expect(await write('x')).toBe('Overwrote (it had 4 bytes) new/c.txt: 1 line.');
    expect(await test.read('new/c.txt')).toBe('x');
  });

  it('reports a folder in its way', async () => {
    const result = await writeFile.run({ path: 'sub dir', content: '' }, test.context);
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining('it is a folder')]);
  });
});

describe('edit', () => {
  const run = (path: string, ...edits: { old: string; new: string; replace_all?: boolean }[]) =>
    edit.run({ path, edits }, test.context);

  it('makes several edits and counts lines', async () => {
    const result = await run('a.txt', { old: 'one', new: '1' }, { old: 'three\n', new: '3\n4\n' });
    expect(textOf(result)).toBe('Edited a.txt (+3 -2).');
    expect(await test.read('a.txt')).toBe('1\ntwo\n3\n4\n');
  });

  it('writes nothing when one of them fails', async () => {
    const result = await run('a.txt', { old: 'one', new: '1' }, { old: 'nine', new: '9' });
    expect(result.isError).toBe(true);
    expect(await test.read('a.txt')).toBe('one\ntwo\nthree\n');
  });

  it('says whether the file was read, and changed since then, when it does not match', async () => {
    const miss = async () =>
      textOf(await run('a.txt', { old: 'nine', new: '9' }))
        .split('\n')
        .at(-1);
    expect(await miss()).toBe('It was not read in this session: read it first.');
    await read('a.txt');
    expect(await miss()).toBe('It has not changed since it was last read.');
    await test.sandbox.exec({ command: 'echo four >> a.txt' });
    expect(await miss()).toBe('It changed since it was last read: read it again.');
  });

  it('knows its own edits as seen, but not those of others before it', async () => {
    await read('a.txt');
    await run('a.txt', { old: 'one', new: '1' });
    expect(textOf(await run('a.txt', { old: 'nine', new: '9' }))).toContain('has not changed');
    await test.sandbox.exec({ command: 'echo four >> a.txt' });
    await run('a.txt', { old: 'two', new: '2' });
    expect(textOf(await run('a.txt', { old: 'nine', new: '9' }))).toContain('changed since it was last read');
  });

  it('keeps bytes that are not UTF-8', async () => {
    await test.sandbox.writeFile('latin', Buffer.from('caf\xe9 = 1\nü\n', 'latin1'));
    await run('latin', { old: '= 1', new: '= “2”' });
    const { bytes } = await test.sandbox.readFile('latin');
    expect(bytes).toEqual(
      Buffer.concat([Buffer.from('caf\xe9 ', 'latin1'), Buffer.from('= “2”\n'), Buffer.from('ü\n', 'latin1')]),
    );
  });

  it('refuses a file that is too large to be read as a whole, and leaves it alone', async () => {
    await test.sandbox.exec({ command: 'printf "HEADER\\n" >big; truncate -s 70000000 big; printf END >>big' });
    const result = await run('big', { old: 'HEADER', new: 'H' });
    expect([result.isError, textOf(result)]).toEqual([
      true,
      expect.stringMatching(/big is too large to edit \(70000003 bytes, .*: use the shell\.$/),
    ]);
    const { output } = await test.sandbox.exec({ command: 'wc -c <big; tail -c 3 big; head -c 6 big' });
    expect(output.head.toString()).toBe('70000003\nENDHEADER');
  });

  it('keeps the mode of the file', async () => {
    await test.sandbox.exec({ command: 'chmod 755 a.txt' });
    await run('a.txt', { old: 'one', new: '1' });
    expect((await test.sandbox.exec({ command: 'test -x a.txt' })).exitCode).toBe(0);
  });
});

describe('update_plan', () => {
  it('puts the whole plan into the log', async () => {
    const plan = [{ step: 'look', status: 'in_progress' as const }];
    const { isError, details } = await updatePlan.run({ plan }, test.context);
    expect({ isError, details }).toEqual({ isError: false, details: { plan } });
  });
});
