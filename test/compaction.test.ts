/** A session that outgrows the model's window: what is sent before and after, over real HTTP, in all three protocols. */
import { describe, expect, it, vi } from 'vitest';
import {
  handoffIn,
  isSummaryRequest,
  never,
  SMALL,
  sentMessages,
  step,
  stepping,
  summaryOf,
  userTexts,
} from './compacting.ts';
import { eventsOf, makeRepository, newestSession, readLog, run, runDrydock, shellTurn } from './harness.ts';
import { problemsOf } from './request-rules.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const protocols = ['chat', 'responses', 'messages'] as const;

describe.concurrent.each(protocols)('a session on %s that is compacted twice and more', (protocol) => {
  it('goes on with the task, its instructions once, legal requests, and the prefix that the provider has cached', async () => {
    const repository = makeRepository();
    repository.write('AGENTS.md', 'Instruction of the house: be kind.\n');
    repository.git('add', '.');
    repository.git('commit', '-qm', 'instructions');
    const done = await run(stepping(14, summaryOf('The port is 8080.'), summaryOf('It needs node 24.')), {
      args: SMALL[protocol],
      task: 'Count, and keep to base ten.',
      repository,
    });
    expect(done.code, done.stderr).toBe(0);
    const compactions = eventsOf(done.session.events, 'compaction.finished');
    expect(compactions.length).toBeGreaterThanOrEqual(2);
    expect(compactions.every(({ rung }) => rung === 'summarise')).toBe(true);

    for (const request of done.requests) {
      expect(problemsOf(protocol, request.raw)).toEqual([]);
      expect(userTexts(request)[0]).toBe('Count, and keep to base ten.');
      expect(JSON.stringify(request.raw).split('Instruction of the house')).toHaveLength(2);
      expect(userTexts(request).filter((text) => text.startsWith('[handoff]')).length).toBeLessThanOrEqual(1);
    }
    const asked = done.requests.filter(isSummaryRequest);
    for (const request of asked) {
      const before = done.requests[done.requests.indexOf(request) - 1];
      const own = sentMessages(request).slice(0, -1);
      expect(before && sentMessages(before).slice(0, own.length)).toEqual(own);
      expect([request.raw.tools, request.system]).toEqual([before?.raw.tools, before?.system]);
    }
    // The second summary is made in sight of the first, and what it does not say again stays in the ledger.
    expect(handoffIn(asked[1] ?? asked[0] ?? done.requests[0] ?? never())).toContain('The port is 8080.');
    const last = handoffIn(done.requests.at(-1) ?? never()) ?? '';
    expect(last).toContain('It needs node 24.');
    expect(last).toMatch(/Noted earlier \(may be out of date\):\n- The port is 8080\./);
    expect(last.split('<summary>')).toHaveLength(2);
  });
});

describe.concurrent('a session that is compacted', () => {
  it('tells on the JSON stream and in the log how large it was before and after, and what was dropped', async () => {
    const done = await run(stepping(8, summaryOf('x')), { args: [...SMALL.chat, '--json'] });
    expect(done.code, done.stderr).toBe(0);
    const shown = done.stdout.split('\n').filter((line) => line.includes('"compaction.finished"'));
    const [finished] = eventsOf(done.session.events, 'compaction.finished');
    expect(shown.map((line) => JSON.parse(line).seq)).toEqual([finished?.seq]);
    expect(finished).toMatchObject({
      trigger: 'turn',
      strategy: 'layered',
      actions: [{ type: 'drop', from: 'm2', reason: 'summarised' }],
      struck: [],
    });
    expect(finished?.tokensAfter).toBeLessThan((finished?.tokensBefore ?? 0) / 2);
    const [started] = eventsOf(done.session.events, 'compaction.started');
    expect(started?.estimatedTokens).toBeGreaterThan(started?.budget.trigger ?? Number.POSITIVE_INFINITY);
  });

  it('says so on one line of the run, and counts what the summary took', async () => {
    const done = await run(
      stepping(8, { text: summaryOf('x'), usage: { inputTokens: 5_000_000, outputTokens: 7000 } }),
      {
        args: SMALL.chat,
      },
    );
    expect(done.code, done.stderr).toBe(0);
    const [finished, ...more] = eventsOf(done.session.events, 'compaction.finished');
    expect(more).toEqual([]);
    expect(finished?.usage).toMatchObject({ inputTokens: 5_000_000, outputTokens: 7000 });
    expect(done.stderr.match(/^.*compact.*$/gm)).toEqual([
      expect.stringMatching(/^compacted \(summarise\): 1\d\.\dk → \d\.\dk tokens$/),
    ]);
    const used = eventsOf(done.session.events, 'model.responded').reduce(
      (sum, { usage }) => sum + usage.inputTokens,
      0,
    );
    expect(done.session.events.at(-1)).toMatchObject({
      type: 'run.finished',
      turns: 9,
      usage: { inputTokens: used + 5_000_000 },
    });
    expect(done.stderr).toMatch(/^9 turns, 5\.\dM tokens in /m);
    const shown = await runDrydock(['show', 'last'], { home: done.home });
    expect(shown.stdout.match(/^compacted .*$/gm)).toEqual(done.stderr.match(/^compacted .*$/gm));
    expect(shown.stdout).toMatch(/^in all: 9 turns, 5\.\dM tokens in /m);
  });

  it('brings back by recall what no request shows any more', async () => {
    const repository = makeRepository();
    repository.write('word.txt', 'the word is xylophone-77\n');
    let turn = 0;
    const done = await run(
      (_, request) => {
        if (isSummaryRequest(request)) return { text: summaryOf('nothing of note') };
        turn += 1;
        if (turn === 1) return shellTurn("yes 'some plain words of output' | head -n 200; cat word.txt");
        if (turn <= 8) return step(turn);
        const call = turn === 9 ? { pattern: 'word is xylo' } : { handle: 'm2.1' };
        return turn <= 10 ? { toolCalls: [{ name: 'recall', arguments: call }] } : { text: 'Done.' };
      },
      { args: SMALL.chat, repository },
    );
    expect(done.code, done.stderr).toBe(0);
    const asks = done.requests.filter((request) => !isSummaryRequest(request));
    expect(JSON.stringify(asks[8]?.raw)).not.toContain('xylophone-77');
    expect(asks[9]?.toolResults.at(-1)?.text).toMatch(/m2\.1[\s\S]*the word is xylophone-77/);
    expect(asks[10]?.toolResults.at(-1)?.text).toContain('the word is xylophone-77');
  });

  it('names in the ledger a command that goes on, and tells of its end when that comes', async () => {
    let turn = 0;
    const done = await run(
      (_, request) => {
        if (isSummaryRequest(request)) return { text: summaryOf('x') };
        turn += 1;
        if (turn === 1) return shellTurn('until [ -e go ]; do sleep 0.1; done; rm go', { yield_ms: 0 });
        if (turn <= 9) return step(turn);
        return turn === 10 ? shellTurn('touch go; while [ -e go ]; do sleep 0.1; done; sleep 1') : { text: 'Done.' };
      },
      { args: SMALL.chat },
    );
    expect(done.code, done.stderr).toBe(0);
    expect(eventsOf(done.session.events, 'compaction.finished')[0]?.handoff).toMatch(
      /Running processes:\n- p1 `until \[ -e go \]/,
    );
    expect(eventsOf(done.session.events, 'process.ended')).toMatchObject([{ handle: 'p1', exitCode: 0 }]);
    expect(userTexts(done.requests.at(-1) ?? never()).join('\n')).toMatch(/p1.*ended|ended.*p1/s);
  });
});

describe.concurrent('a resumed session', () => {
  it('is compacted before a new prompt is worked on, which stays the last word', async () => {
    const first = await run(stepping(4), { args: [...SMALL.chat, '--compact-at', '9000'], task: 'First, count.' });
    expect(first.code, first.stderr).toBe(0);
    expect(eventsOf(first.session.events, 'compaction.finished')).toEqual([]);
    const prompt = `Second: ${'do not count these words. '.repeat(400)}`.trim();
    const second = await runDrydock(['resume', 'last', prompt], {
      home: first.home,
      cwd: first.repository.dir,
      env: first.server.env,
    });
    expect(second.code, second.stderr).toBe(0);
    const [finished] = eventsOf(readLog(first.session.dir), 'compaction.finished');
    expect(finished).toMatchObject({ trigger: 'resume', rung: 'summarise' });
    const asked = first.requests.filter(isSummaryRequest);
    expect(asked).toHaveLength(1);
    expect(asked[0] && sentMessages(asked[0]).join()).not.toContain('do not count these words');
    const worked = first.requests.at(-1) ?? never();
    expect(userTexts(worked).at(-1)).toBe(prompt);
    expect(userTexts(worked)[0]).toBe('First, count.');
  });

  it('is compacted for a model with a smaller window, in as many rounds as that takes', async () => {
    const first = await run(stepping(40), {
      args: ['--model', 'openai-chat:large', '--context-window', '128000', ...SMALL.chat.slice(4)],
      task: 'Count.',
    });
    expect(first.code, first.stderr).toBe(0);
    const resumed = await runDrydock(
      ['resume', 'last', 'Go on.', '--model', 'openai-chat:small', '--context-window', '16000'],
      { home: first.home, cwd: first.repository.dir, env: first.server.env },
    );
    expect(resumed.code, resumed.stderr).toBe(0);
    const log = readLog(first.session.dir);
    const finished = eventsOf(log, 'compaction.finished');
    expect(finished.length).toBeGreaterThan(2);
    expect(finished.every(({ trigger }) => trigger === 'model')).toBe(true);
    const sizes = first.requests.slice(41).map(({ raw }) => JSON.stringify(raw).length);
    expect(Math.max(...sizes)).toBeLessThan(12_000 * 4.5);
    expect(handoffIn(first.requests.at(-1) ?? never())).toMatch(/Commands:\n- \d+ older ones: ask recall/);
    expect(userTexts(first.requests.at(-1) ?? never()).at(-1)).toBe('Go on.');
  });
});

describe.concurrent('the strategies', () => {
  it('summary keeps no ledger and offers no recall', async () => {
    const done = await run(stepping(8, summaryOf('the port is 8080')), {
      args: [...SMALL.chat, '--compaction', 'summary'],
    });
    expect(done.code, done.stderr).toBe(0);
    const handoff = handoffIn(done.requests.at(-1) ?? never()) ?? '';
    expect(handoff).toContain('the port is 8080');
    expect(handoff).not.toMatch(/<ledger>|recall/);
    expect(JSON.stringify(done.requests[0]?.raw.tools)).not.toContain('recall');
  });

  it('truncate asks no model, and leaves a line', async () => {
    const done = await run(stepping(8), { args: [...SMALL.chat, '--compaction', 'truncate'] });
    expect(done.code, done.stderr).toBe(0);
    expect(done.requests.filter(isSummaryRequest)).toEqual([]);
    expect(handoffIn(done.requests.at(-1) ?? never())).toMatch(/\[\d+ earlier messages were left out\]$/);
    const finished = eventsOf(done.session.events, 'compaction.finished');
    expect(new Set(finished.map(({ rung }) => rung))).toEqual(new Set(['truncate']));
  });

  it('none sends all, until the provider refuses it', async () => {
    const overflow = {
      status: 400,
      body: { error: { code: 'context_length_exceeded', message: 'maximum context length is 16000 tokens' } },
    };
    const done = await run((turn) => (turn < 10 ? step(turn) : { error: overflow }), {
      args: [...SMALL.chat, '--compaction', 'none'],
    });
    expect(done.code).toBe(5);
    expect(done.requests).toHaveLength(11);
    expect(done.stderr).toMatch(/^drydock: context too small: .*maximum context length is 16000/m);
    expect(newestSession(done.home).events.some(({ type }) => type.startsWith('compaction.'))).toBe(false);
  });
});
