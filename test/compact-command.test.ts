/** `drydock compact`, `drydock show --compactions`, and hooks around a compaction. */
import { describe, expect, it, vi } from 'vitest';
import { handoffIn, isSummaryRequest, SMALL, sentMessages, stepping, summaryOf, userTexts } from './compacting.ts';
import { eventsOf, homeWith, readLog, run, runDrydock } from './harness.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const TASK = 'Count, and keep to base ten.';
const counted = (...summaries: Parameters<typeof stepping>[1][]) =>
  run(stepping(4, ...summaries), { args: [...SMALL.messages, '--compact-at', '11000'], task: TASK });
const call = ({ home, server }: Awaited<ReturnType<typeof run>>, ...args: string[]) =>
  runDrydock(args, { home, env: server.env });

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
