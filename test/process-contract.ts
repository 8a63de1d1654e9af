/**
 * The process contract of a sandbox as tests that every backend runs. They need a POSIX shell in the sandbox, and
 * `setsid` and `/proc` for what is said about process trees.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Output, type ProcessSandbox, SandboxFileError } from '../sandbox/index.ts';

const textOf = (output: Output): string => Buffer.concat([output.head, output.tail]).toString();

/** Registers the contract's tests for one backend. `makeSandbox` gives a sandbox with an empty, writable workspace. */
export function processContract(name: string, makeSandbox: () => Promise<ProcessSandbox>): void {
  describe(`process contract: ${name}`, () => {
    let sandbox: ProcessSandbox;
    beforeAll(async () => {
      sandbox = await makeSandbox();
    });
    afterAll(() => sandbox.dispose());

    const run = async (command: string): Promise<string> => textOf((await sandbox.exec({ command })).output);
    const isRoot = async (): Promise<boolean> => (await run('id -u')).trim() === '0';
    /** `live` or `gone`; a zombie is gone. */
    const fate = async (pid: string): Promise<string> =>
      (
        await run(
          `if [ -d /proc/${pid} ] && ! grep -q '^State:.*Z' /proc/${pid}/status; then echo live; else echo gone; fi`,
        )
      ).trim();
    const readText = async (path: string): Promise<string> => (await sandbox.readFile(path)).bytes.toString();
    /** Waits until the sandbox has a non-empty file at `path`, and gives its text. */
    const waitForFile = async (path: string): Promise<string> =>
      (await run(`until [ -s ${path} ]; do sleep 0.02; done; cat ${path}`)).trim();
    const failure = async (work: Promise<unknown>): Promise<string> => {
      const error = await work.then(
        () => null,
        (cause: unknown) => cause,
      );
      return error instanceof SandboxFileError ? error.kind : `not a SandboxFileError: ${error}`;
    };

    describe('exec', () => {
      it('reports output, exit code and reason of a command that succeeds', async () => {
        const end = await sandbox.exec({ command: 'echo hello' });
        expect({ ...end, durationMs: 0, output: textOf(end.output) }).toEqual({
          exitCode: 0,
          reason: 'exited',
          output: 'hello\n',
          durationMs: 0,
        });
        expect(end.output.totalBytes).toBe(6);
      });

      it.each([1, 2, 77, 255])('reports exit code %i', async (code) => {
        expect((await sandbox.exec({ command: `exit ${code}` })).exitCode).toBe(code);
      });

      it('reports a death by signal n as 128 + n', async () => {
        const end = await sandbox.exec({ command: 'kill -TERM $$' });
        expect([end.exitCode, end.reason]).toEqual([143, 'exited']);
      });

      it('reports a command that does not exist as 127, and says so in the output', async () => {
        const end = await sandbox.exec({ command: 'no-such-command-here' });
        expect(end.exitCode).toBe(127);
        expect(textOf(end.output)).toContain('no-such-command-here');
      });

      it('reports a syntax error in the output, with an exit code that is not 0', async () => {
        const end = await sandbox.exec({ command: 'if true; then' });
        expect(end.exitCode).not.toBe(0);
        expect(textOf(end.output)).not.toBe('');
      });

      it('merges stdout and stderr in the order in which they were written', async () => {
        expect(await run('for i in 1 2 3 4 5; do echo out$i; echo err$i >&2; done')).toBe(
          'out1\nerr1\nout2\nerr2\nout3\nerr3\nout4\nerr4\nout5\nerr5\n',
        );
      });

      it('lets a command open /dev/stdout and /dev/stderr by name', async () => {
        expect(await run('echo one | tee /dev/stderr > /dev/null; echo two > /dev/stdout')).toBe('one\ntwo\n');
      });

      it('passes the command on as it is: quotes, dollars, newlines, here-documents', async () => {
        const command = `a="x  y"; printf '%s|' "$a" 'it'"'"'s' "\\$HOME"\ncat <<'END'\n$not 'expanded' "here"\nEND`;
        expect(await run(command)).toBe(`x  y|it's|$HOME|$not 'expanded' "here"\n`);
      });

      it('refuses what no shell can be given, in words and with 126, and goes on', async () => {
        for (const [command, why] of [
          ['echo \0', 'contains a NUL byte'],
          [`: ${'x'.repeat(200_000)}`, 'over the limit of 120000'],
        ] as const) {
          const { exitCode, output } = await sandbox.exec({ command });
          expect([exitCode, textOf(output)]).toEqual([126, expect.stringContaining(why)]);
        }
        expect(await run('echo on')).toBe('on\n');
      });

      it('keeps output that is not UTF-8, and NUL, byte for byte', async () => {
        const end = await sandbox.exec({ command: "printf '\\000\\377\\376\\n\\r'" });
        expect([...end.output.head, ...end.output.tail]).toEqual([0, 255, 254, 10, 13]);
      });

      it('gives a command an empty stdin', async () => {
        const end = await sandbox.exec({ command: 'cat; echo done', timeoutMs: 20_000 });
        expect([textOf(end.output), end.reason]).toEqual(['done\n', 'exited']);
      });

      it('does not carry variables or the working folder over to the next command', async () => {
        await run('export LEFT_OVER=1; cd /');
        expect(await run('echo "[$LEFT_OVER]"; [ "$PWD" = / ] || echo elsewhere')).toBe('[]\nelsewhere\n');
      });
    });

    describe('cwd and env', () => {
      it('starts in the workspace, or in a folder relative to it, or in an absolute one', async () => {
        const root = (await run('pwd')).trim();
        await run('mkdir -p "sub folder"');
        const at = async (cwd: string) => textOf((await sandbox.exec({ command: 'pwd', cwd })).output).trim();
        expect(await at('sub folder')).toBe(`${root}/sub folder`);
        expect(await at('/')).toBe('/');
      });

      it('reports a working folder that does not exist as a failed command that names it', async () => {
        const end = await sandbox.exec({ command: 'echo ran', cwd: 'no-such-folder' });
        expect(end.exitCode).not.toBe(0);
        expect(textOf(end.output)).toContain('no-such-folder');
        expect(textOf(end.output)).not.toContain('ran');
      });

      it('adds variables with any value', async () => {
        const env = { DRYDOCK_TEST_VALUE: `a b'c"$d\ne` };
        const end = await sandbox.exec({ command: 'printf %s "$DRYDOCK_TEST_VALUE"', env });
        expect(textOf(end.output)).toBe(`a b'c"$d\ne`);
      });

      it('tells programs that there is no terminal and nobody to ask', async () => {
        expect(await run('echo $CI $PAGER $GIT_PAGER $GIT_EDITOR $GIT_TERMINAL_PROMPT $TERM $NO_COLOR')).toBe(
          '1 cat cat true 0 dumb 1\n',
        );
        // An empty stdin, and no terminal behind it that a password could be asked for on.
        expect(await run('cat; [ -t 0 ] || [ -t 1 ] || echo none; (: </dev/tty) 2>/dev/null || echo none')).toBe(
          'none\nnone\n',
        );
      });
    });

    describe('output cap', () => {
      it('keeps exactly the first and the last half of the cap, and counts everything', async () => {
        const command = 'i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done';
        const all = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`).join('');
        const { output } = await sandbox.exec({ command, maxOutputBytes: 1000 });
        expect(output.head.toString()).toBe(all.slice(0, 500));
        expect(output.tail.toString()).toBe(all.slice(-500));
        expect(output.totalBytes).toBe(all.length);
      });

      it('drops nothing from output that just fits', async () => {
        const { output } = await sandbox.exec({ command: 'printf 0123456789', maxOutputBytes: 10 });
        expect([textOf(output), output.totalBytes]).toEqual(['0123456789', 10]);
      });

      it('survives far more output than the cap', async () => {
        const { output } = await sandbox.exec({
          command: 'head -c 30000000 /dev/zero; echo end',
          maxOutputBytes: 4096,
        });
        expect([output.totalBytes, output.tail.subarray(-4).toString()]).toEqual([30_000_004, 'end\n']);
      });
    });

    describe('timeout, abort and kill', () => {
      it('ends a command at its timeout and keeps what it wrote', async () => {
        const end = await sandbox.exec({ command: 'echo before; sleep 300; echo after', timeoutMs: 1500 });
        expect([end.reason, textOf(end.output)]).toEqual(['timeout', 'before\n']);
      });

      it('kills at the timeout the background, setsid and double-forked children too, and those with a cleared environment', async () => {
        const end = await sandbox.exec({
          command:
            'rm -f t1 t2 t3 t4; sleep 301 & echo $! > t1; setsid sh -c "echo \\$\\$ > t2; exec sleep 302" & (setsid sh -c "echo \\$\\$ > t3; sleep 303; true" >/dev/null 2>&1 &); (env -i setsid sh -c "echo \\$\\$ > t4; exec sleep 305" >/dev/null 2>&1 &); sleep 304',
          timeoutMs: 2500,
        });
        expect(end.reason).toBe('timeout');
        for (const file of ['t1', 't2', 't3', 't4'])
          expect([file, await fate(await waitForFile(file))]).toEqual([file, 'gone']);
      });

      it('kills a command that ignores every signal that can be ignored', async () => {
        const end = await sandbox.exec({ command: "trap '' TERM INT HUP; sleep 300; sleep 300", timeoutMs: 500 });
        expect(end.reason).toBe('timeout');
      });

      it('kills the tree when the signal aborts', async () => {
        const abort = new AbortController();
        const running = sandbox.exec({ command: 'echo $$ > aborted; sleep 300; true' }, abort.signal);
        const pid = await waitForFile('aborted');
        abort.abort();
        expect((await running).reason).toBe('killed');
        expect(await fate(pid)).toBe('gone');
      });

      it('runs nothing when the signal has aborted before', async () => {
        const end = await sandbox.exec({ command: 'echo ran > too-late' }, AbortSignal.abort());
        expect(end.reason).toBe('killed');
        expect(await failure(sandbox.readFile('too-late'))).toBe('not_found');
      });

      it('leaves other commands alone when one is killed', async () => {
        const other = await sandbox.spawn({ command: 'echo $$ > other; exec sleep 300' });
        const pid = await waitForFile('other');
        await sandbox.exec({ command: 'sleep 300', timeoutMs: 300 });
        expect(await fate(pid)).toBe('live');
        await other.kill();
        expect(await fate(pid)).toBe('gone');
      });
    });

    describe('spawn', () => {
      it('gives output while the command runs, each piece once', async () => {
        const child = await sandbox.spawn({ command: 'echo one; until [ -e go ]; do sleep 0.02; done; echo two' });
        let seen = '';
        while (!seen.includes('one\n')) {
          await delay(10);
          seen += textOf(child.poll());
        }
        await sandbox.writeFile('go', '');
        const end = await child.ended;
        expect(seen).toBe('one\n');
        expect(textOf(child.poll())).toBe('two\n');
        expect(textOf(end.output)).toBe('one\ntwo\n');
        await run('rm go');
      });

      it('hands over all output as it comes, also what it does not keep', async () => {
        const pieces: Buffer[] = [];
        const child = await sandbox.spawn({
          command: 'read line; echo "got $line"; read line; head -c 3000000 /dev/zero | tr "\\000" x; echo end',
          stdin: true,
          maxOutputBytes: 0,
          onOutput: (data) => pieces.push(Buffer.from(data)),
        });
        child.write('one\n');
        while (!Buffer.concat(pieces).toString().includes('got one\n')) await delay(10);
        child.write('two\n');
        const { output } = await child.ended;
        const seen = Buffer.concat(pieces).toString();
        expect(seen === `got one\n${'x'.repeat(3_000_000)}end\n`, `${seen.length} bytes`).toBe(true);
        expect([output.head.length + output.tail.length, output.totalBytes]).toEqual([0, seen.length]);
      });

      it('passes what is written to stdin, and ends it', async () => {
        const child = await sandbox.spawn({ command: 'read first; echo "got $first"; cat', stdin: true });
        expect(child.write('hello\n')).toBe(true);
        expect(child.write('wörld')).toBe(true);
        child.closeStdin();
        const end = await child.ended;
        expect([textOf(end.output), end.exitCode]).toEqual(['got hello\nwörld', 0]);
      });

      it('refuses a write when it was started without stdin, and after stdin was closed', async () => {
        const without = await sandbox.spawn({ command: 'sleep 300' });
        expect(without.write('x')).toBe(false);
        await without.kill();
        const closed = await sandbox.spawn({ command: 'sleep 300', stdin: true });
        closed.closeStdin();
        expect(closed.write('x')).toBe(false);
        await closed.kill();
      });

      it('passes a large stdin whole', async () => {
        const child = await sandbox.spawn({ command: 'wc -c', stdin: true });
        for (let i = 0; i < 20; i++) child.write('x'.repeat(100_000));
        child.closeStdin();
        expect(textOf((await child.ended).output).trim()).toBe('2000000');
      });

      it('kills after the end what the command has left running', async () => {
        const child = await sandbox.spawn({
          command:
            'rm -f left; (setsid sh -c "echo \\$\\$ > left; exec sleep 306" >/dev/null 2>&1 &); until [ -s left ]; do sleep 0.02; done',
        });
        expect((await child.ended).reason).toBe('exited');
        const left = await waitForFile('left');
        expect(await fate(left)).toBe('live');
        await child.kill();
        expect(await fate(left)).toBe('gone');
      });

      it('survives a write to a command that does not read', async () => {
        const child = await sandbox.spawn({ command: 'exec 0<&-; exit 3', stdin: true });
        child.write('x'.repeat(500_000));
        expect((await child.ended).exitCode).toBe(3);
      });

      it('reports a kill, and a second kill does nothing', async () => {
        const child = await sandbox.spawn({ command: 'sleep 300' });
        await child.kill();
        await child.kill();
        expect((await child.ended).reason).toBe('killed');
      });

      it('keeps a command that was running to its own end after a kill came too late', async () => {
        const child = await sandbox.spawn({ command: 'exit 5' });
        await child.ended;
        await child.kill();
        expect(await child.ended).toMatchObject({ reason: 'exited', exitCode: 5 });
      });

      it('does not hang on a background child that holds stdout, and lets it live', async () => {
        const end = await sandbox.exec({ command: 'sh -c "echo \\$\\$ > holder; exec sleep 300" & echo started' });
        expect([textOf(end.output), end.exitCode, end.reason]).toEqual(['started\n', 0, 'exited']);
        expect(await fate(await waitForFile('holder'))).toBe('live');
      });

      it('lets a background child write on after its command has ended', async () => {
        await sandbox.exec({
          command: '(until [ -e proceed ]; do sleep 0.02; done; echo a; echo b; echo c > wrote) &',
        });
        await sandbox.writeFile('proceed', '');
        expect(await waitForFile('wrote')).toBe('c');
      });

      it('runs commands beside each other, each with its own output', async () => {
        // Each waits for the next one's file: they only end if all of them run at once.
        const commands = Array.from({ length: 8 }, (_, i) =>
          sandbox.exec({
            command: `: > meet${i}; until [ -e meet${(i + 1) % 8} ]; do sleep 0.02; done; echo ${i}; echo ${i} >&2`,
          }),
        );
        const outputs = (await Promise.all(commands)).map((end) => textOf(end.output));
        expect(outputs).toEqual(Array.from({ length: 8 }, (_, i) => `${i}\n${i}\n`));
      });
    });

    describe('files', () => {
      it('writes and reads every byte value', async () => {
        const bytes = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
        await sandbox.writeFile('bytes.bin', bytes);
        expect(await sandbox.readFile('bytes.bin')).toEqual({ bytes, size: 512 });
        expect((await run('wc -c < bytes.bin')).trim()).toBe('512');
      });

      it('writes an empty file', async () => {
        await sandbox.writeFile('empty', '');
        expect(await sandbox.readFile('empty')).toEqual({ bytes: Buffer.alloc(0), size: 0 });
      });

      it('writes and reads 5 MB', async () => {
        const bytes = Buffer.alloc(5 * 1024 * 1024, 'drydock\n\0');
        await sandbox.writeFile('big.bin', bytes);
        const content = await sandbox.readFile('big.bin');
        expect(content.size).toBe(bytes.length);
        expect(content.bytes.equals(bytes)).toBe(true);
      });

      it('reads no more than maxBytes and still reports the size', async () => {
        await sandbox.writeFile('ten', '0123456789');
        const content = await sandbox.readFile('ten', { maxBytes: 4 });
        expect([content.bytes.toString(), content.size]).toEqual(['0123', 10]);
      });

      it.each([
        'a file with spaces',
        'new\nline',
        `quo'te and "double"`,
        '-rf',
        '$HOME `id` ; echo',
        'ünïcode ☃',
        '*',
        'back\\slash',
        ' leading and trailing ',
        'tab\there',
      ])('writes, reads and lists the file name %j', async (fileName) => {
        await sandbox.writeFile(`names/${fileName}`, `content of ${fileName}`);
        expect(await readText(`names/${fileName}`)).toBe(`content of ${fileName}`);
        expect((await sandbox.list('names')).map((entry) => entry.path)).toContain(fileName);
      });

      it('makes parent folders', async () => {
        await sandbox.writeFile('deep/er/and deeper/file', 'x');
        expect(await readText('deep/er/and deeper/file')).toBe('x');
      });

      it('replaces a longer file whole, and keeps its mode', async () => {
        await sandbox.writeFile('script', '#!/bin/sh\necho a long first version\n');
        await run('chmod 751 script');
        await sandbox.writeFile('script', '#!/bin/sh\necho 2\n');
        expect(await run('./script; ls -l script | cut -c1-10')).toBe('2\n-rwxr-x--x\n');
      });

      it('writes through a symlink and keeps it', async () => {
        await run('echo old > target; ln -s target link');
        await sandbox.writeFile('link', 'new');
        expect(await run('cat target; readlink link')).toBe('newtarget\n');
      });

      it('takes absolute paths', async () => {
        const root = (await run('pwd')).trim();
        await sandbox.writeFile(`${root}/absolute`, 'yes');
        expect(await readText(`${root}/absolute`)).toBe('yes');
      });

      it('writes as the user that commands run as', async () => {
        await sandbox.writeFile('owned/by', 'x');
        expect(await run('[ -O owned ] && [ -O owned/by ] && echo mine')).toBe('mine\n');
      });

      it('reports a missing file, on reading and listing', async () => {
        expect(await failure(sandbox.readFile('missing'))).toBe('not_found');
        expect(await failure(sandbox.readFile('missing/too'))).toBe('not_found');
        expect(await failure(sandbox.list('missing'))).toBe('not_found');
      });

      it('reports a folder where a file is wanted', async () => {
        await run('mkdir -p folder');
        expect(await failure(sandbox.readFile('folder'))).toBe('is_folder');
        expect(await failure(sandbox.writeFile('folder', 'x'))).toBe('is_folder');
      });

      it('reports a file where a folder is wanted', async () => {
        await sandbox.writeFile('plain', 'x');
        expect(await failure(sandbox.list('plain'))).toBe('not_a_folder');
        expect(await failure(sandbox.readFile('plain/inside'))).toBe('not_a_folder');
        expect(await failure(sandbox.writeFile('plain/inside', 'x'))).toBe('not_a_folder');
      });

      it('reports what is not a regular file, and does not wait for it', async () => {
        await run('mkfifo fifo');
        expect(await failure(sandbox.readFile('fifo'))).toBe('not_regular');
        expect(await failure(sandbox.writeFile('fifo', 'x'))).toBe('not_regular');
      });

      it('reports a file that the user may not read or write', async (context) => {
        if (await isRoot()) return context.skip('root may do everything');
        await run('echo secret > locked; chmod 000 locked');
        expect(await failure(sandbox.readFile('locked'))).toBe('denied');
        expect(await failure(sandbox.writeFile('locked', 'x'))).toBe('denied');
      });

      it('lists names, kinds and sizes, sorted, hidden ones too', async () => {
        await run('mkdir -p list/sub; printf 12345 > list/b; ln -s b list/link; printf 1 > list/.a; mkfifo list/pipe');
        const entries = await sandbox.list('list');
        expect(entries.map(({ path, kind }) => [path, kind])).toEqual([
          ['.a', 'file'],
          ['b', 'file'],
          ['link', 'symlink'],
          ['pipe', 'other'],
          ['sub', 'folder'],
        ]);
        expect(entries.slice(0, 2).map((entry) => entry.size)).toEqual([1, 5]);
      });

      it('lists an empty folder', async () => {
        await run('mkdir -p bare');
        expect(await sandbox.list('bare')).toEqual([]);
      });
    });
  });

  describe(`disposal: ${name}`, () => {
    it('ends what runs, and may be called twice', async () => {
      const sandbox = await makeSandbox();
      const child = await sandbox.spawn({ command: 'sleep 300' });
      await sandbox.dispose();
      await sandbox.dispose();
      expect((await child.ended).reason).not.toBe('exited');
    });
  });
}
