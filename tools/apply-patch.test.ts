import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProcessSandbox, SandboxFileError } from '../sandbox/index.ts';
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
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining('it is a folder')]);
  });

  it('refuses a file that is too large to be read as a whole, and changes nothing', async () => {
    await test.sandbox.exec({ command: 'printf "HEADER\\n" >big; truncate -s 70000000 big; printf END >>big' });
    const result = await patch('*** Update File: a.txt\n@@\n-one\n+1\n*** Update File: big\n@@\n-HEADER\n+H\n');
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining('big is too large to edit')]);
    const { output } = await test.sandbox.exec({ command: 'wc -c <big; tail -c 3 big; cat a.txt' });
    expect(output.head.toString()).toBe('70000003\nENDone\ntwo\n');
  });
});
