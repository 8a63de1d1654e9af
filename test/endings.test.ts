/** How a run ends otherwise than well: which exit code, which line, and the partial work is kept. */
import { describe, expect, it, vi } from 'vitest';
import { eventsOf, type FinishedRun, leftOnEngine, mendingCall, run, shellTurn } from './harness.ts';
import type { ScriptedTurn } from './model-server.ts';

// Three at once on two shared cores.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const NOTE = shellTurn('echo half >notes.txt');

/** The complaint is one line, the last event agrees with the exit code, and nothing is left on the engine. */
async function expectEnd(finished: FinishedRun, code: number, words: string | RegExp): Promise<void> {
  const { stderr, session } = finished;
  expect(finished.code, stderr).toBe(code);
  const complaints = stderr.split('\n').filter((line) => line.startsWith('drydock: '));
  expect(complaints).toEqual([expect.stringMatching(words)]);
  expect(session.events.at(-1)).toMatchObject({ type: 'run.finished', exitCode: code });
  expect(await leftOnEngine(session.id)).toEqual([]);
}

function expectPartialWork({ repository, session }: FinishedRun): void {
  expect(repository.git('show', `drydock/${session.id}:notes.txt`)).toBe('half');
}

describe.concurrent('--verify', () => {
  it('sends a failure back, and ends with 0 once it is mended', async () => {
    const finished = await run(
      (turn, request) => (turn === 1 ? { toolCalls: [mendingCall(request)] } : { text: 'Done.' }),
      { args: ['--verify', 'node test.js'] },
    );
    expect(finished.code, finished.stderr).toBe(0);
    expect(eventsOf(finished.session.events, 'verify.finished').map(({ exitCode }) => exitCode)).toEqual([1, 0]);
    expect(finished.requests[1]?.lastUserText).toContain('Not done yet: `node test.js` ended with exit code 1');
    expect(finished.requests[1]?.lastUserText).toContain('AssertionError');
    expect(finished.repository.git('show', `drydock/${finished.session.id}:sum.js`)).toContain('a + b');
  });

  it('ends with 1 when it fails for good, after as many attempts as asked for, and keeps the partial work', async () => {
    const finished = await run([NOTE], { args: ['--verify', 'node test.js', '--verify-attempts', '2'] });
    await expectEnd(finished, 1, /`node test.js` still fails after 2 attempts/);
    expect(eventsOf(finished.session.events, 'verify.finished')).toHaveLength(3);
    expect(finished.requests).toHaveLength(4);
    expectPartialWork(finished);
  });
});

describe.concurrent('limits', () => {
  it('--max-turns ends with 5 and keeps the partial work', async () => {
    const finished = await run(() => NOTE, { args: ['--max-turns', '2'] });
    await expectEnd(finished, 5, /limit of 2 turns.*--max-turns/);
    expect(finished.requests).toHaveLength(2);
    expectPartialWork(finished);
  });

  it('--max-cost ends with 5 and keeps the partial work', async () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 100 };
    const finished = await run(() => ({ ...NOTE, usage }), { args: ['--max-cost', '3'] });
    await expectEnd(finished, 5, /cost limit.*--max-cost/);
    expect(finished.requests).toHaveLength(2);
    expectPartialWork(finished);
  });

  it('--timeout ends with 5 in the middle of a command and keeps the partial work', async () => {
    const finished = await run([shellTurn('echo half >notes.txt; sleep 600')], { args: ['--timeout', '15s'] });
    await expectEnd(finished, 5, /time limit of 15 s.*--timeout/);
    expectPartialWork(finished);
  });

  it('--timeout ends with 5 while a model is silent', async () => {
    const finished = await run(() => ({ text: 'late', delayMs: 60_000 }), { args: ['--timeout', '5s'] });
    await expectEnd(finished, 5, /time limit of 5 s/);
  });
});

describe.concurrent('the provider', () => {
  const failing = (status: number, type: string, message: string): ScriptedTurn => ({
    error: { status, body: { type: 'error', error: { type, message } }, headers: { 'retry-after': '0' } },
  });

  it('says overflow: 5, with the partial work', async () => {
    const overflow = failing(400, 'invalid_request_error', 'prompt is too long: 250000 tokens > 200000 maximum');
    const finished = await run((turn) => (turn === 0 ? NOTE : overflow));
    await expectEnd(finished, 5, /context too small: .*250000 tokens/);
    expect(finished.requests).toHaveLength(3);
    expectPartialWork(finished);
  });

  it('refuses the key: 3, after one request', async () => {
    const finished = await run(() => failing(401, 'authentication_error', 'invalid x-api-key'));
    await expectEnd(finished, 3, /the provider refused the key: .*invalid x-api-key/);
    expect(finished.server.journal).toHaveLength(1);
  });

  it.for([
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [529, 'overloaded_error'],
  ] as const)('answers %i for ever: 3, after six requests', async ([status, type]) => {
    const finished = await run(() => failing(status, type, 'not now'));
    await expectEnd(finished, 3, /not now.*drydock resume/);
    expect(finished.server.journal).toHaveLength(6);
    expect(eventsOf(finished.session.events, 'model.retried')).toHaveLength(5);
  });

  it('fails once and recovers, with a broken stream too: 0', async () => {
    const script = [failing(529, 'overloaded_error', 'busy'), { text: 'half a sen', cut: 'half' } as const, NOTE];
    const finished = await run(script);
    expect(finished.code, finished.stderr).toBe(0);
    expectPartialWork(finished);
  });
});

describe.concurrent('the engine', () => {
  it('is down: 4, with one line that says what was tried', async () => {
    const finished = await run([NOTE], { env: { DOCKER_HOST: 'unix:///nonexistent' } });
    expect(finished.code, finished.stderr).toBe(4);
    const complaints = finished.stderr.split('\n').filter((line) => line.startsWith('drydock: '));
    expect(complaints).toEqual([expect.stringContaining('/nonexistent')]);
    expect(finished.session.events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'sandbox', exitCode: 4 });
  });
});

describe.concurrent('the model', () => {
  it('gives up: 1, and its partial work is kept', async () => {
    const finished = await run([NOTE, { text: 'There is no such file.\n\nTASK NOT DONE' }]);
    await expectEnd(finished, 1, /the model says that it could not complete the task/);
    expectPartialWork(finished);
  });

  it('repeats a failing call: it is told once, then the run ends with 5', async () => {
    const finished = await run(() => shellTurn('false'));
    await expectEnd(finished, 5, /repeated the same failing call of shell/);
    expect(finished.requests).toHaveLength(6);
    expect(finished.requests[3]?.lastUserText).toContain('Do something different');
    expect(eventsOf(finished.session.events, 'notice').map(({ reason }) => reason)).toEqual(['loop']);
  });

  it('says nothing, again and again: 1, after a few reminders', async () => {
    const finished = await run(() => ({ text: '' }));
    await expectEnd(finished, 1, /was empty 4 times/);
    expect(finished.requests).toHaveLength(4);
  });

  it('calls what does not exist and sends broken JSON: it hears what was wrong, and can go on', async () => {
    const { code, stderr, requests } = await run([
      { toolCalls: [{ name: 'shel', arguments: { command: 'ls' } }] },
      { toolCalls: [{ name: 'shell', arguments: '{"command": "l' }] },
    ]);
    expect(code, stderr).toBe(0);
    expect(requests[1]?.toolResults[0]?.text).toContain('Did you mean shell?');
    expect(requests[2]?.toolResults[1]?.text).toContain('not valid JSON');
  });
});
