/** What a resumed run keeps of the run before it, what it is told, and what it refuses; and limits without figures. */
import { describe, expect, it, vi } from 'vitest';
import {
  eventsOf,
  HOST,
  makeRepository,
  newestSession,
  readLog,
  run,
  runDrydock,
  type ScriptedRun,
  sessionFolders,
  shellTurn,
} from './harness.ts';

// Three at once on two shared cores.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const UNPRICED = ['--model', 'openai-chat:local', '--context-window', '32000'];

type Run = Pick<ScriptedRun, 'home' | 'server' | 'repository'>;

const resume = ({ home, server, repository }: Run, ...args: string[]) =>
  runDrydock(['resume', ...args], { home, cwd: repository.dir, env: server.env });

describe.concurrent('--max-cost', () => {
  it('ends the run with 5 before the next request where the provider reports no usage', async () => {
    const finished = await run((turn) => ({ ...shellTurn(`echo ${turn}`), ...(turn === 1 && { usage: null }) }), {
      args: ['--model', 'openai-chat:gpt-6.2-sol', '--max-cost', '5', ...HOST],
    });
    expect(finished.code, finished.stderr).toBe(5);
    expect(finished.stderr).toMatch(/^drydock: .*the provider reported no usage, so --max-cost cannot be kept/m);
    expect(finished.requests).toHaveLength(2);
    expect(finished.session.events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'limit', exitCode: 5 });
  });

  it('is refused by resume too where the price is unknown, and the session stays as it was', async () => {
    const first = await run([], { args: [...UNPRICED, ...HOST] });
    expect(first.code, first.stderr).toBe(0);
    const second = await resume(first, 'last', '--max-cost', '1', 'more');
    expect(second.code).toBe(2);
    expect(second.stderr).toMatch(
      /^drydock: --max-cost cannot be kept: the price of openai-chat:local is unknown — .*--max-turns\n$/,
    );
    expect(readLog(first.session.dir)).toEqual(first.session.events);
    expect((await resume(first, 'last', 'more')).code).toBe(0);
  });
});

describe.concurrent('a resumed run', () => {
  it('asks for the effort that the session was made with', async () => {
    const first = await run([], { args: [...UNPRICED, '--effort', 'high', ...HOST] });
    await resume(first, first.session.id, 'more');
    expect(first.requests.map(({ raw }) => raw.reasoning_effort)).toEqual(['high', 'high']);
  });

  it('tells the model that its container is new, and what of the old one is gone', async () => {
    const first = await run([shellTurn('echo kept >notes.txt')]);
    expect(first.code, first.stderr).toBe(0);
    const second = await resume(first, first.session.id, 'Now the rest');
    expect(second.code, second.stderr).toBe(0);
    expect(first.requests.at(-1)?.lastUserText).toMatch(
      /^This is a new sandbox\. .*as you left them; .*processes are gone\.\nNow the rest$/s,
    );
    const { events } = newestSession(first.home);
    expect(eventsOf(events, 'notice').map(({ reason }) => reason)).toEqual(['sandbox_replaced']);
  });

  it('called `last` is the newest of the repository that the command is called in', async () => {
    const first = await run([], { args: HOST });
    const other = await run([], { args: HOST, home: first.home });
    const cwd = first.repository.dir;
    const second = await runDrydock(['resume', 'last', 'more'], { home: first.home, cwd, env: first.server.env });
    expect(second.code, second.stderr).toBe(0);
    const prompts = sessionFolders(first.home).map((dir) => {
      const events = readLog(dir);
      return [eventsOf(events, 'session.created')[0]?.repository?.root, eventsOf(events, 'prompt').length];
    });
    expect(Object.fromEntries(prompts)).toEqual({ [cwd]: 2, [other.repository.dir]: 1 });
  });

  it('called `last` is never one of another repository, as for all that changes a session; that one is named', async () => {
    const { home, server, repository, session } = await run([], { args: HOST });
    const log = readLog(session.dir);
    const elsewhere = makeRepository().dir;
    const call = (...args: string[]) => runDrydock(args, { home, cwd: elsewhere, env: server.env });
    for (const words of ['undo', 'apply', 'compact', 'resume last', 'fork last', 'sessions rm last']) {
      const { code, stdout, stderr } = await call(...words.split(' '));
      expect({ words, code, stdout }).toEqual({ words, code: 2, stdout: '' });
      expect(stderr).toBe(
        `drydock: no session of the repository around ${elsewhere}; the newest elsewhere is ${session.id}, of ${repository.dir}` +
          ' — Give its id if that one is meant.\n',
      );
    }
    expect(readLog(session.dir)).toEqual(log);
    expect((await call('show')).stdout).toContain(session.id);
  });

  it('that went back to the base leaves no patch to be shown', async () => {
    const first = await run([shellTurn('echo kept >notes.txt'), { text: 'Done.' }, shellTurn('rm notes.txt')]);
    const show = () => runDrydock(['diff', first.session.id], { home: first.home });
    expect((await show()).stdout).toContain('+kept');
    expect((await resume(first, first.session.id, 'Undo it')).code).toBe(0);
    expect(await show()).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('changed no file') });
  });

  it('in place tells of no new sandbox', async () => {
    const first = await run([shellTurn('true')], { args: HOST });
    await resume(first, 'last', 'more');
    expect(eventsOf(newestSession(first.home).events, 'notice')).toEqual([]);
  });
});
