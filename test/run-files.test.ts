/** What other programs that drive `drydock run` get of it: the trajectory and the patch as files, whatever the end. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { atifSchema } from '../session/export/atif-schema.ts';
import {
  eventsOf,
  HOST,
  makeRepository,
  mendingCall,
  run,
  runDrydock,
  shellTurn,
  startRun,
  temporaryFolder,
  until,
} from './harness.ts';
import type { Script } from './model-server.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

/** A new file, then the mending of an old one. */
const WORK: Script = (turn, request) =>
  turn === 0
    ? shellTurn('mkdir -p new; echo hello >new/file.txt')
    : turn === 1
      ? { toolCalls: [mendingCall(request)] }
      : { text: 'Done.' };

function outFiles() {
  const folder = temporaryFolder();
  const trajectory = join(folder, 'trajectory.json');
  const patch = join(folder, 'out.patch');
  return {
    folder,
    trajectory,
    patch,
    args: ['--trajectory', trajectory, '--patch-out', patch],
    read: () => atifSchema.parse(JSON.parse(readFileSync(trajectory, 'utf8'))),
    readPatch: () => readFileSync(patch, 'utf8'),
  };
}

/** What is on the screen of one who looks for the reason. */
const complaints = (stderr: string) => stderr.split('\n').filter((line) => line.startsWith('drydock: '));

describe.concurrent('--trajectory and --patch-out', () => {
  it.each([
    ['in a container', []],
    ['in place', HOST],
  ])('hold the whole run %s: each step, and the patch with new files', async (_, args) => {
    const out = outFiles();
    const { code, stdout, stderr, session, home } = await run(WORK, { args: [...args, ...out.args] });
    expect(code, stderr).toBe(0);
    expect(out.readPatch()).toBe(stdout);
    expect(stdout).toContain('+module.exports = (a, b) => a + b;');
    expect(stdout).toMatch(/new file mode 100644\n.*\n--- \/dev\/null\n\+\+\+ b\/new\/file\.txt/);

    const trajectory = out.read();
    expect(trajectory).toMatchObject({
      session_id: session.id,
      agent: { name: 'drydock', model_name: 'anthropic:claude-sonnet-5' },
      extra: { runs: [{ outcome: 'completed', exit_code: 0 }] },
    });
    expect(trajectory.steps.map(({ source }) => source)).toEqual(['system', 'user', 'agent', 'agent', 'agent']);
    expect(trajectory.steps[2]).toMatchObject({
      tool_calls: [{ function_name: 'shell', arguments: { command: expect.stringContaining('new/file.txt') } }],
      observation: { results: [{ content: expect.stringMatching(/^\[exit 0/) }] },
    });
    const named = trajectory.agent.tool_definitions?.map((each) => each.function.name);
    expect(named).toEqual(eventsOf(session.events, 'session.created')[0]?.tools);
    const finished = eventsOf(session.events, 'run.finished')[0];
    expect(trajectory.final_metrics).toMatchObject({
      total_prompt_tokens: finished?.usage.inputTokens,
      total_completion_tokens: finished?.usage.outputTokens,
    });
    expect(readdirSync(out.folder).sort()).toEqual(['out.patch', 'trajectory.json']);
    const shown = await runDrydock(['show', '--trajectory'], { home });
    expect(shown.stdout).toBe(readFileSync(out.trajectory, 'utf8'));
  });

  it('the trajectory of a run that was killed has all that was done before', async () => {
    const out = outFiles();
    writeFileSync(out.patch, 'of an earlier run');
    const running = await startRun(
      async (turn, request) => (turn === 2 ? new Promise<never>(() => undefined) : WORK(turn, request)),
      { args: [...HOST, ...out.args] },
    );
    await until('the second result', () => {
      if (!existsSync(out.trajectory)) return false;
      // Whole at every moment that somebody may look.
      return (out.read().steps[3]?.observation?.results.length ?? 0) > 0;
    });
    running.child.kill('SIGKILL');
    await running.ended;
    expect(out.read()).toMatchObject({ steps: { length: 4 }, extra: { runs: [] } });
    expect(out.readPatch()).toBe('');
  });

  it('the patch of a run that ended badly has what was done', async () => {
    const out = outFiles();
    const limited = await run(WORK, { args: [...HOST, ...out.args, '--max-turns', '1'] });
    expect(limited.code).toBe(5);
    expect(out.readPatch()).toContain('+hello');
    expect(out.read().extra).toMatchObject({ runs: [{ outcome: 'limit', exit_code: 5 }] });
  });

  it('the patch of a run that was asked to end has what was done', async () => {
    const out = outFiles();
    const running = await startRun(
      async (turn, request) => (turn === 1 ? new Promise<never>(() => undefined) : WORK(turn, request)),
      { args: [...HOST, ...out.args] },
    );
    await until('the second request', () => running.requests.length === 2);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).toBe(143);
    expect(out.readPatch()).toContain('+hello');
  });

  it('the patch is an empty file where nothing has changed', async () => {
    const out = outFiles();
    writeFileSync(out.patch, 'of an earlier run');
    const { code, stderr } = await run([], { args: [...HOST, ...out.args] });
    expect(code, stderr).toBe(0);
    expect(out.readPatch()).toBe('');
  });

  it('a resumed session’s trajectory has its earlier runs too', async () => {
    const out = outFiles();
    const { home, server, session } = await run(WORK, { args: HOST });
    const { code, stderr } = await runDrydock(['resume', session.id, 'And now?', '--trajectory', out.trajectory], {
      home,
      env: server.env,
    });
    expect(code, stderr).toBe(0);
    const { steps, extra } = out.read();
    expect(steps.filter(({ source }) => source === 'user').map(({ message }) => message)).toEqual([
      'Make the test pass',
      'And now?',
    ]);
    expect(extra?.runs).toHaveLength(2);
  });

  it.each(['--trajectory', '--patch-out'])(
    '%s is refused before anything is spent where it cannot be',
    async (flag) => {
      const repository = makeRepository();
      const places = [
        [join(temporaryFolder(), 'no/such/folder/file'), /could not be written: ENOENT/],
        [join(repository.dir, 'file'), /lies in .*, where it would become part of the change/],
      ] as const;
      for (const [path, words] of places) {
        const { server, ended } = await startRun(WORK, { repository, args: [...HOST, flag, path] });
        const { code, stderr } = await ended;
        expect(code).toBe(2);
        expect(complaints(stderr)).toEqual([expect.stringMatching(words)]);
        expect(server.journal).toHaveLength(0);
        expect(existsSync(path)).toBe(false);
      }
    },
  );

  it('a patch that the disk has no room for is said in one line, and makes the exit code 2', async () => {
    const { code, stderr, session } = await run(WORK, { args: [...HOST, '--patch-out', '/dev/full'] });
    expect(code, stderr).toBe(2);
    expect(complaints(stderr)).toEqual([expect.stringMatching(/--patch-out could not be written: ENOSPC/)]);
    expect(session.events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'completed' });
  });
});

describe.concurrent('a harness', () => {
  it('gives the task on stdin and a model as provider/name, and gets a line of JSON with the usage of each call', async () => {
    const finished = await run(WORK, {
      task: null,
      stdin: 'Make the test pass',
      args: [...HOST, '--json', '--model', 'anthropic/claude-sonnet-5'],
    });
    expect(finished.code, finished.stderr).toBe(0);
    const lines = finished.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const usages = lines.filter(({ type }) => type === 'model.responded').map(({ usage }) => usage);
    expect(usages).toHaveLength(3);
    for (const usage of usages) {
      expect(usage).toEqual({
        inputTokens: expect.any(Number),
        outputTokens: expect.any(Number),
        cacheReadTokens: expect.any(Number),
        cacheWriteTokens: expect.any(Number),
        reasoningTokens: expect.any(Number),
        costUsd: expect.any(Number),
      });
    }
    expect(lines.at(-1)).toMatchObject({ type: 'run.finished', exitCode: 0 });
  });
});
