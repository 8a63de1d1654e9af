/** Hooks: commands of the user's on the host, at points of a run; and that none of them can hang one. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { isSummaryRequest, SMALL, stepping } from './compacting.ts';
import {
  eventsOf,
  HOST,
  homeWith,
  makeRepository,
  run,
  shellTurn,
  startRun,
  temporaryFolder,
  until,
} from './harness.ts';

vi.setConfig({ maxConcurrency: 2, testTimeout: 120_000 });

const POINTS = ['session-start', 'before-tool', 'after-tool', 'stop', 'session-end'];
const results = (requests: { toolResults: { text: string }[] }[]) =>
  requests.at(-1)?.toolResults.map(({ text }) => text);

/** A process's state as the kernel says it; `Z`: it has ended, and nobody has asked how. */
function stateOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .slice(0, 1);
  } catch {
    // It has gone since it was last seen.
    return 'Z';
  }
}

/** A home whose hooks are one script; `text` is its body, in which `$1` is the point's name. */
function homeWithScript(text: string, points: readonly string[] = POINTS, more = ''): string {
  const hooks = points.map((point) => `  ${point}: [{ command: './hook.sh ${point}'${more} }]\n`);
  const home = homeWith(`hooks:\n${hooks.join('')}`);
  const script = join(home, '.config/drydock/hook.sh');
  writeFileSync(script, `#!/bin/sh\n${text}\n`);
  chmodSync(script, 0o755);
  return home;
}

describe.concurrent('hooks', () => {
  it('run at each point with the facts on stdin, beside the settings, without the keys of models; each on record', async () => {
    const home = homeWithScript('cat >> told; { pwd; env; } > around; exit 0');
    const { code, stderr, session, requests, repository } = await run([shellTurn('echo hello')], { home, args: HOST });
    expect(code, stderr).toBe(0);
    const folder = join(home, '.config/drydock');
    const told = readFileSync(join(folder, 'told'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const common = { session: session.id, model: 'anthropic:claude-sonnet-5', repository: repository.dir };
    expect(told).toEqual([
      { hook: 'session-start', ...common, task: 'Make the test pass' },
      {
        hook: 'before-tool',
        ...common,
        tool: 'shell',
        callId: expect.any(String),
        arguments: '{"command":"echo hello"}',
      },
      expect.objectContaining({
        hook: 'after-tool',
        tool: 'shell',
        isError: false,
        text: expect.stringContaining('hello'),
      }),
      { hook: 'stop', ...common, text: 'Done.' },
      {
        hook: 'session-end',
        ...common,
        outcome: 'completed',
        exitCode: 0,
        message: 'the model finished',
        branch: null,
      },
    ]);
    expect(eventsOf(session.events, 'hook.finished').map(({ hook, outcome }) => `${hook} ${outcome}`)).toEqual(
      POINTS.map((point) => `${point} ok`),
    );
    expect(session.events.at(-1)?.type).toBe('run.finished');
    expect(results(requests)).toEqual([expect.stringContaining('hello')]);
    // The home holds the user's other secrets, which are theirs; what is written down there goes before it is searched.
    const around = readFileSync(join(folder, 'around'), 'utf8');
    writeFileSync(join(folder, 'around'), '');
    expect(around).toContain(`${folder}\n`);
    expect(around).toContain('SMTP_PASSWORD=');
    expect(around).not.toMatch(/ANTHROPIC|OPENAI/);
  });

  it('add what they say to what the model reads, without secrets', async () => {
    const home = homeWithScript('echo "remark of $1 $GITHUB_TOKEN"', ['session-start', 'after-tool']);
    const { code, stderr, requests, session } = await run([shellTurn('echo hello')], { home, args: HOST });
    expect(code, stderr).toBe(0);
    expect(requests[0]?.lastUserText).toBe(
      'Make the test pass\nFrom a hook of the user: remark of session-start [redacted: value of GITHUB_TOKEN]',
    );
    expect(results(requests)?.[0]).toContain('[hook: remark of after-tool [redacted: value of GITHUB_TOKEN]]');
    expect(eventsOf(session.events, 'hook.finished')[0]?.text).toContain('remark of session-start [redacted');
  });

  it('before a tool keep it from being run, with a reason for the model; those for other tools are not asked', async () => {
    const home = homeWithScript('echo "not on Fridays" >&2; exit 2', ['before-tool'], ', tools: ["sh*"]');
    const { code, requests, repository, session } = await run(
      [{ toolCalls: [...(shellTurn('touch made').toolCalls ?? []), { name: 'list_files', arguments: {} }] }],
      { home, args: HOST },
    );
    expect(code).toBe(0);
    expect(results(requests)?.[0]).toContain('Not run: a hook of the user forbids it: not on Fridays Do not try');
    expect(results(requests)?.[1]).toContain('sum.js');
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(eventsOf(session.events, 'policy.decided')).toMatchObject([{ verdict: 'deny', by: 'hook', tool: 'shell' }]);
  });

  it('after a tool keep back what it gave', async () => {
    const home = homeWithScript('grep -q hello && { echo "too friendly" >&2; exit 2; }; exit 0', ['after-tool']);
    const { requests, session } = await run([shellTurn('echo hello'), shellTurn('echo bye')], { home, args: HOST });
    expect(results(requests)).toEqual([
      'A hook of the user keeps back what this call gave: too friendly',
      expect.stringContaining('bye'),
    ]);
    expect(eventsOf(session.events, 'tool.finished')[0]).toMatchObject({ isError: true, details: { withheld: true } });
  });

  it('at a stop send the model back, with a reason, but not for ever', async () => {
    const once = homeWithScript('[ -e been ] && exit 0; touch been; echo "write a changelog" >&2; exit 2', ['stop']);
    const sent = await run([], { home: once, args: HOST });
    expect(sent.code).toBe(0);
    expect(sent.requests.at(-1)?.lastUserText).toBe('Not done yet, says a hook of the user: write a changelog');
    const always = homeWithScript('echo "never good enough" >&2; exit 2', ['stop']);
    const { code, stderr, requests } = await run([], { home: always, args: HOST });
    expect(code).toBe(1);
    expect(requests).toHaveLength(4);
    expect(stderr).toContain('drydock: the stop hook still objects after 3 times: never good enough');
  });

  it('at the start end the run before anything is asked', async () => {
    const home = homeWithScript('echo "budget is spent" >&2; exit 2', ['session-start']);
    const { code, stderr, requests, session } = await run([], { home });
    expect(code).toBe(2);
    expect(requests).toEqual([]);
    expect(stderr).toContain('drydock: the session-start hook refused the run: budget is spent');
    expect(session.events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'usage' });
  });

  it('that fail, cannot be started or run out of time are told to the user, and the run goes on', async () => {
    const home = homeWith(`hooks:
  session-start: ['exit 7', './missing']
  before-tool: [{ command: 'sleep 300 & trap "" TERM; echo $! > child; sleep 300', timeout: 300ms }]
`);
    const { code, stderr, session, requests } = await run([shellTurn('echo hello')], { home, args: HOST });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('! hook session-start exit 7 failed (exit 7)');
    expect(stderr).toContain('! hook session-start ./missing failed (exit 127)');
    expect(stderr).toMatch(/! hook before-tool sleep 300 .* ran out of time: it was killed after 0.3 s/);
    expect(results(requests)?.[0]).toContain('hello');
    expect(eventsOf(session.events, 'hook.finished').map(({ outcome }) => outcome)).toEqual([
      'failed',
      'failed',
      'timeout',
    ]);
    // What it had started went with it.
    const child = readFileSync(join(home, '.config/drydock/child'), 'utf8').trim();
    await until('the end of its child', () => !existsSync(`/proc/${child}`) || stateOf(child) === 'Z');
  });

  it('cannot hang a run by what they leave behind, however much they say, and whether they read or not', async () => {
    const home = homeWithScript('exec 0<&-; setsid sleep 30 & head -c 3000000 /dev/zero | tr "\\0" x; exit 0');
    const { code, stderr, session } = await run([shellTurn('echo hello')], { home, args: HOST });
    expect(code, stderr).toBe(0);
    const hooks = eventsOf(session.events, 'hook.finished');
    expect(hooks.map(({ outcome }) => outcome)).toEqual(POINTS.map(() => 'ok'));
    expect(Math.max(...hooks.map(({ text }) => text.length))).toBe(4096);
  });

  it('before a compaction are asked again at each turn, and put it off until a request would not fit any more', async () => {
    const home = homeWithScript('echo "not yet" >&2; exit 2', ['before-compaction']);
    const { code, stderr, session, requests } = await run(stepping(7), { home, args: SMALL.chat });
    expect(code, stderr).toBe(0);
    const [started, ...more] = eventsOf(session.events, 'compaction.started');
    expect(more).toEqual([]);
    // Of 16,000 tokens a quarter is the answer's, and a compaction begins at four fifths of the rest.
    expect(started?.budget.trigger).toBeLessThan(12_000);
    expect(started?.estimatedTokens).toBeGreaterThan(12_000);
    const asked = eventsOf(session.events, 'hook.finished');
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked.map(({ outcome, text }) => `${outcome}: ${text}`))).toEqual(new Set(['blocked: not yet']));
    expect(stderr).toContain('! hook before-compaction ./hook.sh before-compaction objects: not yet');
    expect(requests.filter(isSummaryRequest)).toHaveLength(1);
  });

  it('around a compaction that never end are killed at their timeout, and it is made as without them', async () => {
    const home = homeWithScript(
      'cat >/dev/null; echo words; sleep 300',
      ['before-compaction', 'after-compaction'],
      ', timeout: 300ms',
    );
    const { code, stderr, session, requests } = await run(stepping(7), { home, args: SMALL.chat });
    expect(code, stderr).toBe(0);
    expect(eventsOf(session.events, 'hook.finished').map(({ hook, outcome }) => `${hook} ${outcome}`)).toEqual([
      'before-compaction timeout',
      'after-compaction timeout',
    ]);
    expect(eventsOf(session.events, 'compaction.finished')).toHaveLength(1);
    expect(eventsOf(session.events, 'compaction.started')[0]).not.toHaveProperty('focus');
    const [asked] = requests.filter(isSummaryRequest);
    expect(asked?.lastUserText).not.toMatch(/in the user's words/);
  });

  it.each([
    [
      'the project’s file',
      { '.drydock/config.yaml': 'hooks: { stop: ["true"] }' },
      [],
      'hooks in .drydock/config.yaml',
    ],
    [
      'an agent configuration',
      {},
      ['--config', 'agent.yaml'],
      'hooks in agent.yaml: only your own settings file may have it',
    ],
  ])('in %s are refused', async (_where, files, args, message) => {
    const repository = makeRepository(files);
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'agent.yaml'), 'hooks: { stop: ["true"] }');
    const { code, stderr } = await (await startRun([], { cwd, args: ['-C', repository.dir, ...args] })).ended;
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
