import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeToolContext, type TestContext, textOf } from '../test/tool-context.ts';
import { processTool, shell } from './shell.ts';

let test: TestContext;
beforeEach(async () => {
  test = await makeToolContext();
});
afterEach(() => test.close());

const run = (command: string, rest: object = {}) => shell.run({ command, ...rest }, test.context);
const withoutTimes = (text: string): string => text.replaceAll(/\d+(\.\d)? s/g, 'N s');

describe('shell', () => {
  it('gives the output, then exit code and duration', async () => {
    expect(withoutTimes(textOf(await run('echo hi; echo err >&2')))).toBe('hi\nerr\n[exit 0, N s]');
  });

  it('says that there was no output', async () => {
    expect(withoutTimes(textOf(await run('true')))).toBe('[exit 0, N s, no output]');
  });

  it('marks a command that fails as an error', async () => {
    const result = await run('echo no; exit 3');
    expect([result.isError, result.details.exitCode, withoutTimes(textOf(result))]).toEqual([
      true,
      3,
      'no\n[exit 3, N s]',
    ]);
  });

  it('runs in the working folder that it is given', async () => {
    await test.sandbox.writeFile('sub/x', '');
    expect(textOf(await run('ls', { workdir: 'sub' }))).toMatch(/^x\n/);
  });

  it('kills at the timeout and says so', async () => {
    const result = await run('echo start; sleep 300', { timeout_ms: 300 });
    expect(withoutTimes(textOf(result))).toBe('start\n[killed at its timeout (timeout_ms) after N s]');
    expect(result.isError).toBe(true);
  });

  it('strips control sequences from what the model sees', async () => {
    expect(textOf(await run(`printf '\\033[31mred\\033[0m\\n10%%\\r100%%\\n'`))).toMatch(/^red\n100%\n\[exit 0/);
  });

  it('clips long output to head and tail, and keeps the whole', async () => {
    const result = await run('seq 1 200000');
    const text = textOf(result);
    expect(Buffer.byteLength(text)).toBeLessThan(12.5 * 1024);
    expect(text).toMatch(/^1\n2\n/);
    expect(text).toMatch(/\n200000\n\[exit 0/);
    expect(text).toMatch(/\[\d+ lines, \d+ bytes left out; the whole output \(1288895 bytes\) is kept as blob1\]/);
    expect(test.kept.get('blob1')?.length).toBe(1_288_895);
    expect(result.details.output).toBe('blob1');
  });

  it('shows binary output as text that can be sent, in bounded size, and keeps its bytes', async () => {
    const short = textOf(await run(`printf 'a\\377\\376\\000\\001b\\303'`));
    expect(short).toMatch(/^a\ufffd\ufffdb\ufffd\n\[exit 0/);
    const long = await run('head -c 300000 /dev/urandom | tee kept');
    expect(textOf(long).isWellFormed()).toBe(true);
    expect(Buffer.byteLength(textOf(long))).toBeLessThan(12.5 * 1024);
    const { bytes } = await test.sandbox.readFile('kept');
    expect(test.kept.get('blob1')?.equals(bytes)).toBe(true);
  });

  it('clips one long line within, between characters', async () => {
    const text = textOf(await run(`i=0; while [ $i -lt 12 ]; do s="ü☃😀$s$s"; i=$((i+1)); done; printf %s "$s$s$s"`));
    expect(text).not.toContain('\ufffd');
    expect(text).toMatch(
      /^[ü☃😀]+\n\[0 lines, \d+ bytes left out; the whole output \(110565 bytes\).*\]\n[ü☃😀]+\n\[exit 0/u,
    );
  });

  it('keeps nothing of output that is shown whole', async () => {
    await run('seq 1 100');
    expect(test.kept.size).toBe(0);
  });

  it('refuses a command that is too long for a shell, and says what to do', async () => {
    const result = await run(`: ${'x'.repeat(140_000)}`);
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining('write_file')]);
  });

  it('kills the command when the call is aborted', async () => {
    const abort = new AbortController();
    const running = shell.run(
      { command: 'touch begun; sleep 300; touch survived' },
      { ...test.context, signal: abort.signal },
    );
    const outcome = expect(running).rejects.toThrow();
    await test.sandbox.exec({ command: 'until [ -e begun ]; do sleep 0.02; done' });
    abort.abort();
    await outcome;
    expect((await test.sandbox.list('.')).map((entry) => entry.path)).toEqual(['begun']);
  });
});

describe('process', () => {
  const act = (action: 'poll' | 'write' | 'close_stdin' | 'kill', rest: object = {}) =>
    processTool.run({ handle: 'p1', action, ...rest }, test.context);

  it('goes on with a command that was left running, until its end', async () => {
    const first = await run('echo one; until [ -e go ]; do sleep 0.02; done; echo two', { yield_ms: 500 });
    expect(textOf(first)).toBe('one\n[still running, handle p1]');
    expect(first.isError).toBe(false);
    expect(textOf(await act('poll', { wait_ms: 0 }))).toBe('[still running, handle p1, no output]');
    await test.sandbox.writeFile('go', '');
    expect(withoutTimes(textOf(await act('poll')))).toBe('two\n[exit 0, N s]');
    expect(test.context.state.processes.size).toBe(0);
  });

  it('shows a character that came in two halves once, when it is whole', async () => {
    const command = `printf 'a\\303'; until [ -e go ]; do sleep 0.02; done; printf '\\274b'`;
    let text = textOf(await run(command, { yield_ms: 0 }));
    while (!text.startsWith('a')) text = textOf(await act('poll', { wait_ms: 20 }));
    expect(text).toBe('a\n[still running, handle p1]');
    await test.sandbox.writeFile('go', '');
    expect(withoutTimes(textOf(await act('poll')))).toBe('üb\n[exit 0, N s]');
  });

  it('talks to a command through stdin', async () => {
    await run('while read -r x; do echo "got $x"; done; echo bye', { yield_ms: 0, stdin: true });
    let text = textOf(await act('write', { data: 'a\nb\n', wait_ms: 0 }));
    while (!text.includes('got b')) text += textOf(await act('poll', { wait_ms: 20 }));
    expect(text).toMatch(/got a\n(.*\n)*?got b/);
    expect(withoutTimes(textOf(await act('close_stdin')))).toBe('bye\n[exit 0, N s]');
  });

  it('says why a command takes no input', async () => {
    await run('sleep 300', { yield_ms: 0 });
    const result = await act('write', { data: 'x' });
    expect([result.isError, textOf(result)]).toEqual([true, expect.stringContaining('without stdin: true')]);
  });

  it('kills', async () => {
    await run('sleep 300', { yield_ms: 0 });
    expect(withoutTimes(textOf(await act('kill')))).toBe('[killed after N s, no output]');
  });

  it('names the handles that there are when one is unknown', async () => {
    await run('sleep 300', { yield_ms: 0 });
    await run('sleep 300', { yield_ms: 0 });
    const result = await processTool.run({ handle: 'p9', action: 'poll' }, test.context);
    expect([result.isError, textOf(result)]).toEqual([true, 'No process runs with the handle p9. Running: p1, p2.']);
  });
});
