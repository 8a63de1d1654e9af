/** `drydock compact`, `drydock show --compactions`, and hooks around a compaction. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { handoffIn, isSummaryRequest, SMALL, sentMessages, stepping, summaryOf, userTexts } from './compacting.ts';
import {
  eventsOf,
  homeWith,
  newestSession,
  readLog,
  run,
  runDrydock,
  startDrydock,
  startRun,
  until,
} from './harness.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const TASK = 'Count, and keep to base ten.';
const counted = (...summaries: Parameters<typeof stepping>[1][]) =>
  run(stepping(4, ...summaries), { args: [...SMALL.messages, '--compact-at', '11000'], task: TASK });
const call = ({ home, server, repository }: Awaited<ReturnType<typeof run>>, ...args: string[]) =>
  runDrydock(args, { home, cwd: repository.dir, env: server.env });

describe.concurrent('drydock compact', () => {
  it('makes the history shorter with the user’s focus, and says before and after; a resume goes on from there', async () => {
    const first = await counted(summaryOf('the parser is slow'));
    expect(eventsOf(first.session.events, 'compaction.finished')).toEqual([]);
    const before = first.requests.at(-1);
    const done = await call(first, 'compact', 'last', '--focus', 'the parser');
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toMatch(/^session \S+: [\d.]+k → [\d.]+k tokens; .*\n.*drydock show \S+ --compactions$/m);
    const asked = first.requests.at(-1);
    expect(asked?.lastUserText).toMatch(/^\[compaction\] [\s\S]*in the user's words: the parser$/);
    const own = asked ? sentMessages(asked).slice(0, -1) : [];
    expect(own.length).toBeGreaterThan(3);
    expect(before && sentMessages(before).slice(0, own.length)).toEqual(own);
    expect(asked?.raw.tools).toEqual(before?.raw.tools);
    expect(eventsOf(readLog(first.session.dir), 'compaction.finished')).toMatchObject([
      { trigger: 'command', rung: 'summarise' },
    ]);

    const shown = await call(first, 'show', 'last', '--compactions');
    expect(shown.stdout).toMatch(
      /^compaction 1, after turn 5: layered, summarise \(command\)\n[\s\S]* dropped m2 to m\d: /,
    );
    const json = await call(first, 'show', 'last', '--compactions', '--json');
    expect(
      json.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).type),
    ).toEqual(['compaction.started', 'compaction.finished']);

    const resumed = await call(first, 'resume', 'last', 'go on');
    expect(resumed.code, resumed.stderr).toBe(0);
    const last = first.requests.at(-1);
    expect(last && handoffIn(last)).toContain('the parser is slow');
    expect(last && [userTexts(last)[0], userTexts(last).at(-1)]).toEqual([TASK, 'go on']);
  });

  it('leaves the session as it was where the provider fails, with 3', async () => {
    const first = await counted({
      error: { status: 401, body: { type: 'error', error: { type: 'authentication_error', message: 'no' } } },
    });
    const done = await call(first, 'compact');
    expect(done.code, done.stderr).toBe(3);
    expect(done.stderr).toMatch(/^drydock: no summary could be had \(auth/m);
    expect(eventsOf(readLog(first.session.dir), 'compaction.finished')).toEqual([]);
  });

  it('leaves it where the model writes no summary and nothing else is to be left out, with 1', async () => {
    const args = [...SMALL.messages, '--compact-at', '11000', '--compaction', 'summary'];
    const first = await run(stepping(2, { text: 'All went well.' }), { args, task: TASK });
    const done = await call(first, 'compact');
    expect([done.code, done.stderr]).toEqual([
      1,
      expect.stringMatching(/^drydock: no summary could be had \(uns\w+\) — /m),
    ]);
    expect(eventsOf(readLog(first.session.dir), 'compaction.finished')).toEqual([]);
  });

  it('is put off by a hook, which is said, with 2', async () => {
    const first = await counted();
    const home = homeWith("hooks:\n  before-compaction: ['echo not at night >&2; exit 2']\n");
    const done = await runDrydock(['compact', 'last', '--session-dir', join(first.home, 'state/drydock/sessions')], {
      home,
      cwd: first.repository.dir,
      env: first.server.env,
    });
    expect([done.code, done.stderr]).toEqual([
      2,
      expect.stringMatching(/^drydock: the before-compaction hook puts it off: not at night/m),
    ]);
    expect(first.requests.filter(isSummaryRequest)).toEqual([]);
  });

  it('that is interrupted leaves the view as it was, with 130', async () => {
    const first = await counted({ stalls: true, text: 'Some words that never end.' });
    const running = startDrydock(['compact'], { home: first.home, cwd: first.repository.dir, env: first.server.env });
    await until('the request for a summary', () => first.requests.some(isSummaryRequest));
    running.child.kill('SIGINT');
    const done = await running.ended;
    expect(done.code, done.stderr).toBe(130);
    expect(eventsOf(readLog(first.session.dir), 'compaction.finished')).toEqual([]);
  });

  it('refuses a session that runs, and gives a call that was cut off its result before the model is asked', async () => {
    const script = stepping(4);
    let turns = 0;
    const running = await startRun(
      (turn, request) => {
        if (!isSummaryRequest(request)) turns += 1;
        return turns === 5
          ? { toolCalls: [{ name: 'shell', arguments: { command: 'sleep 30' } }] }
          : script(turn, request);
      },
      { args: [...SMALL.messages, '--compact-at', '11000'], task: TASK },
    );
    const at = { home: running.home, cwd: running.repository.dir, env: running.server.env };
    await until('the request', () => running.requests.length === 5);
    await until('the call', () => eventsOf(newestSession(running.home).events, 'tool.started').length === 5);
    const busy = await runDrydock(['compact'], at);
    expect([busy.code, busy.stderr]).toEqual([2, expect.stringMatching(/^drydock: the session is in use/m)]);
    running.child.kill('SIGKILL');
    await running.ended;
    const done = await runDrydock(['compact'], at);
    expect(done.code, done.stderr).toBe(0);
    const { events } = newestSession(running.home);
    const cut = events.findIndex((event) => event.type === 'tool.finished' && event.details.status !== undefined);
    expect(cut).toBeGreaterThan(0);
    expect(cut).toBeLessThan(events.findIndex(({ type }) => type === 'compaction.started'));
  });

  it('says so where there is nothing to leave out, and refuses a session that keeps all', async () => {
    const short = await run([], { args: SMALL.messages });
    const nothing = await call(short, 'compact');
    expect([nothing.code, nothing.stderr]).toEqual([
      0,
      expect.stringMatching(/^session \S+: nothing to leave out\n$/m),
    ]);
    expect(eventsOf(readLog(short.session.dir), 'compaction.finished')).toEqual([]);
    const shown = await call(short, 'show', 'last', '--compactions');
    expect(shown.stdout).toMatch(/nothing more can be left out|no compactions/);
    const whole = await run([], { args: [...SMALL.messages, '--compaction', 'none'] });
    const refused = await call(whole, 'compact');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringMatching(/^drydock: session \S+ was made with --compaction none — /),
    ]);
  });
});

describe.concurrent('hooks around a compaction', () => {
  const settings = (before: string) =>
    `hooks:\n  before-compaction: ["${before}"]\n  after-compaction: ["cat > after.json"]\n`;
  const hooked = (before: string) =>
    run(stepping(7), { args: SMALL.chat, task: TASK, home: homeWith(settings(before)) });

  it('are told of it, and what the first says is kept above all', async () => {
    const done = await hooked('cat > before.json; echo keep the port');
    expect(done.code, done.stderr).toBe(0);
    expect(done.requests.find(isSummaryRequest)?.lastUserText).toMatch(/in the user's words: keep the port$/);
    const told = (name: string) => JSON.parse(readFileSync(join(done.home, '.config/drydock', name), 'utf8'));
    const [started] = eventsOf(done.session.events, 'compaction.started');
    const [finished] = eventsOf(done.session.events, 'compaction.finished');
    expect(told('before.json')).toMatchObject({
      ...{ hook: 'before-compaction', session: done.session.id },
      ...{ trigger: 'turn', strategy: 'layered', estimatedTokens: started?.estimatedTokens },
    });
    expect(told('after.json')).toMatchObject({
      ...{ hook: 'after-compaction', rung: 'summarise' },
      ...{ tokensBefore: finished?.tokensBefore, tokensAfter: finished?.tokensAfter },
    });
    const ran = eventsOf(done.session.events, 'hook.finished').map(({ hook, outcome }) => [hook, outcome]);
    expect(ran).toEqual([
      ['before-compaction', 'ok'],
      ['after-compaction', 'ok'],
    ]);
  });

  it('can put it off while there is room, and one that fails does no harm', async () => {
    const off = await hooked('exit 2');
    expect(off.code, off.stderr).toBe(0);
    expect(off.requests.filter(isSummaryRequest).length).toBeLessThanOrEqual(1);
    expect(eventsOf(off.session.events, 'hook.finished')[0]).toMatchObject({
      hook: 'before-compaction',
      outcome: 'blocked',
    });
    const failing = await hooked('exit 9');
    expect(failing.code, failing.stderr).toBe(0);
    expect(eventsOf(failing.session.events, 'compaction.finished').length).toBeGreaterThan(0);
  });
});
