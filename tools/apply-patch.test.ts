import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProcessSandbox, SandboxError, SandboxFileError } from '../sandbox/index.ts';
import { makeToolContext, type TestContext, textOf } from '../test/tool-context.ts';
import { applyPatch } from './apply-patch.ts';
import { readFile } from './read-file.ts';

let test: TestContext;
beforeEach(async () => {
  test = await makeToolContext({ 'a.txt': 'one\ntwo\n', 'b c.txt': 'b\n', 'run.sh': '#!/bin/sh\necho 1\n' });
});
afterEach(() => test.close());

const patch = (body: string, context = test.context) =>
  applyPatch.run({ input: `*** Begin Patch\n${body}*** End Patch\n` }, context);

const ALL = `*** Add File: new/n.txt
+n
*** Delete File: b c.txt
*** Update File: run.sh
*** Move to: bin/run it.sh
@@
-echo 1
+echo 2
*** Update File: a.txt
@@
-one
+1
+1.5
`;

/** The sandbox, failing to write `path`. */
function failingAt(sandbox: ProcessSandbox, path: string): ProcessSandbox {
  return {
    ...sandbox,
    writeFile: async (target, data) => {
      if (target.endsWith(path) && data.toString() !== 'one\ntwo\n') {
        await sandbox.writeFile(target, 'half');
        throw new SandboxFileError('io', target, `${target}: no space left on device`);
      }
      return sandbox.writeFile(target, data);
    },
  };
}

const state = async (): Promise<string> => {
  const { output } = await test.sandbox.exec({
    command: 'find . -type f | sort | while read -r f; do echo "== $f"; cat "$f"; done',
  });
  return output.head.toString();
};

describe('apply_patch', () => {
  it('adds, deletes, moves and updates, and reports each with its counts', async () => {
    const result = await patch(ALL);
    expect(textOf(result)).toBe(
      'Added new/n.txt (+1 -0)\nDeleted b c.txt (+0 -1)\nMoved run.sh to bin/run it.sh (+1 -1)\nUpdated a.txt (+2 -1)',
    );
    expect(await state()).toBe('== ./a.txt\n1\n1.5\ntwo\n== ./bin/run it.sh\n#!/bin/sh\necho 2\n== ./new/n.txt\nn\n');
  });

  it('keeps the mode of a file that it moves', async () => {
    await test.sandbox.exec({ command: 'chmod 755 run.sh' });
    await patch(ALL);
    expect((await test.sandbox.exec({ command: '"./bin/run it.sh"' })).output.head.toString()).toBe('2\n');
  });

  it('writes nothing unless all of it fits', async () => {
    const before = await state();
    const result = await patch(`${ALL}@@\n-zzz\n+y\n`);
    expect(result.isError).toBe(true);
    expect(textOf(result)).toMatch(/^Nothing was changed\.\na\.txt: Chunk 2/);
    expect(await state()).toBe(before);
  });

  it('undoes everything when a write fails half-way', async () => {
    const before = await state();
    const result = await patch(ALL, { ...test.context, sandbox: failingAt(test.sandbox, '/a.txt') });
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining('no space left on device')]);
    expect(await state()).toBe(before);
  });

  it('names what could not be undone, undoes the rest all the same, and does not say that nothing was changed', async () => {
    const { sandbox } = test;
    // The disk fails for good when the last file is written: the one before it cannot be put back.
    let broken = false;
    const failing: ProcessSandbox = {
      ...sandbox,
      writeFile: async (path, data) => {
        broken ||= path.endsWith('/b c.txt');
        if (!broken || path.endsWith('/run.sh')) return sandbox.writeFile(path, data);
        throw new SandboxFileError('io', path, `${path}: input/output error`);
      },
    };
    const update = (path: string, from: string) => `*** Update File: ${path}\n@@\n-${from}\n+new\n`;
    const body = `*** Add File: d/n\n+n\n${update('run.sh', 'echo 1')}${update('a.txt', 'one')}${update('b c.txt', 'b')}`;
    const result = await patch(body, { ...test.context, sandbox: failing });
    expect(textOf(result)).toBe('Not all could be undone (look at a.txt): b c.txt: input/output error.');
    expect(result.details.lost).toEqual([`${test.context.cwd}/a.txt`]);
    expect(await state()).toBe('== ./a.txt\nnew\ntwo\n== ./b c.txt\nb\n== ./run.sh\n#!/bin/sh\necho 1\n');
    expect((await sandbox.exec({ command: 'test -e d' })).exitCode).toBe(1);
  });

  it('names a file that was to be deleted and is left over under another name', async () => {
    const { sandbox } = test;
    const failing: ProcessSandbox = {
      ...sandbox,
      exec: (command, signal) =>
        sandbox.exec(command.command.startsWith('rm ') ? { ...command, command: 'exit 1' } : command, signal),
    };
    const result = await patch('*** Delete File: b c.txt\n', { ...test.context, sandbox: failing });
    expect([result.isError, textOf(result)]).toEqual([
      false,
      expect.stringMatching(/^Deleted .*\nCould not remove \.drydock-\S+, which held a deleted file\.$/),
    ]);
  });

  it('throws when the sandbox is lost half-way, for there is nothing left to undo it in', async () => {
    const lost = new SandboxError('lost', 'the container is gone');
    const failing = { ...test.sandbox, writeFile: () => Promise.reject(lost) };
    await expect(patch('*** Add File: n\n+n\n', { ...test.context, sandbox: failing })).rejects.toBe(lost);
  });

  it('goes through a link to a file outside, and keeps the link', async () => {
    const outside = await makeToolContext({ 'o.txt': 'old\n' });
    await symlink(join(outside.context.cwd, 'o.txt'), join(test.context.cwd, 'l'));
    expect(textOf(await patch('*** Update File: l\n@@\n-old\n+new\n'))).toBe('Updated l (+1 -1)');
    expect(await outside.read('o.txt')).toBe('new\n');
    expect(textOf(await patch('*** Delete File: l\n'))).toBe('Deleted l (+0 -1)');
    expect(await outside.read('o.txt')).toBe('new\n');
    await outside.close();
  });

  it('changes one place of a file of 10 MB, and keeps every other byte', async () => {
    const lines = Array.from({ length: 250_000 }, (_, n) => `line ${n} of the file, with some text`);
    await test.sandbox.writeFile('big', lines.join('\r\n'));
    expect(textOf(await patch('*** Update File: big\n@@\n-line 123456 of the file, with some text\n+new\n'))).toBe(
      'Updated big (+1 -1)',
    );
    lines[123_456] = 'new';
    expect((await test.read('big')) === lines.join('\r\n')).toBe(true);
    const missed = textOf(await patch('*** Update File: big\n@@\n-line 99999 of the file, with no text\n+new\n'));
    expect(missed).toContain('100000: line 99999 of the file, with some text');
    expect(missed.length).toBeLessThan(1000);
  });

  it('changes one line of 10 MB, and shows only a part of it when it does not match', async () => {
    const huge = 'word '.repeat(2_000_000);
    await test.sandbox.writeFile('huge', `${huge}\nend\n`);
    const missed = textOf(await patch(`*** Update File: huge\n@@\n-${huge}x\n+new\n end\n`));
    expect(missed).toMatch(/Line 1 differs: you sent: ….*x\n/);
    expect(missed.length).toBeLessThan(1500);
    expect(textOf(await patch(`*** Update File: huge\n@@\n-${huge}\n+new\n end\n`))).toBe('Updated huge (+1 -1)');
    expect(await test.read('huge')).toBe('new\nend\n');
  });

  it('refuses a file of so many lines that they would fill the memory', async () => {
    await test.sandbox.writeFile('lines', '\n'.repeat(3_000_001));
    expect(textOf(await patch('*** Update File: lines\n@@\n-one\n+1\n'))).toContain('too large to edit');
  });

  it('knows a file that it changed twice in one patch', async () => {
    await readFile.run({ path: 'a.txt' }, test.context);
    await patch('*** Update File: a.txt\n@@\n-one\n+1\n*** Update File: a.txt\n@@\n-1\n+eins\n');
    expect(textOf(await patch('*** Update File: a.txt\n@@\n-zzz\n+y\n'))).toContain('has not changed');
  });

  it('says that a file changed since it was read, when the patch does not fit', async () => {
    await readFile.run({ path: 'a.txt' }, test.context);
    await test.sandbox.writeFile('a.txt', 'eins\n');
    expect(textOf(await patch('*** Update File: a.txt\n@@\n-one\n+1\n'))).toContain(
      'It changed since it was last read',
    );
  });

  it('knows a file that it moved or added as seen', async () => {
    await readFile.run({ path: 'run.sh' }, test.context);
    await patch(ALL);
    const miss = (path: string) => patch(`*** Update File: ${path}\n@@\n-zzz\n+y\n`).then(textOf);
    expect(await miss('bin/run it.sh')).toContain('has not changed');
    expect(await miss('new/n.txt')).toContain('has not changed');
    expect(await miss('a.txt')).toContain('was not read');
  });

  it('takes absolute paths and paths with dots for the same file', async () => {
    const result = await patch(
      `*** Update File: ${test.context.cwd}/a.txt\n@@\n-one\n+1\n*** Update File: ./x/../a.txt\n@@\n-1\n+eins\n`,
    );
    expect(result.isError).toBe(false);
    expect(await test.read('a.txt')).toBe('eins\ntwo\n');
  });

  it('keeps bytes that are not UTF-8', async () => {
    await test.sandbox.writeFile('latin', Buffer.from('caf\xe9\nx\n', 'latin1'));
    await patch('*** Update File: latin\n@@\n-x\n+ü\n');
    expect((await test.sandbox.readFile('latin')).bytes).toEqual(
      Buffer.concat([Buffer.from('caf\xe9\n', 'latin1'), Buffer.from('ü\n')]),
    );
  });

  it('refuses to add a file where a folder is', async () => {
    await test.sandbox.writeFile('dir/x', '');
    const result = await patch('*** Add File: dir\n+x\n');
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining('dir: is a folder.')]);
  });

  it('refuses a file that is too large to be read as a whole, and changes nothing', async () => {
    await test.sandbox.exec({ command: 'printf "HEADER\\n" >big; truncate -s 70000000 big; printf END >>big' });
    const result = await patch('*** Update File: a.txt\n@@\n-one\n+1\n*** Update File: big\n@@\n-HEADER\n+H\n');
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining('big is too large to edit')]);
    const { output } = await test.sandbox.exec({ command: 'wc -c <big; tail -c 3 big; cat a.txt' });
    expect(output.head.toString()).toBe('70000003\nENDone\ntwo\n');
  });
});
