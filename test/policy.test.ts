/** Rules, approval and guardrails, as a user meets them: what is run, what the model is told, what is on record. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  BROKEN_SUM,
  eventsOf,
  HOST,
  homeWith,
  leftOnEngine,
  makeRepository,
  mendingCall,
  newestSession,
  readLog,
  run,
  runDrydock,
  type ScriptedRun,
  shellTurn,
  startRun,
  until,
} from './harness.ts';
import type { Script } from './model-server.ts';

vi.setConfig({ maxConcurrency: 2, testTimeout: 120_000 });

/** A made-up key, in two parts, so that it is in no command and no file of these tests as a whole. */
const [KEY_START, KEY_END] = ['ghp_abcdefghijklmnopqr', 'stuvwxyz0123456789'];
const KEY = KEY_START + KEY_END;
const results = (requests: { toolResults: { text: string }[] }[]) =>
  requests.at(-1)?.toolResults.map(({ text }) => text);

describe.concurrent('a rule', () => {
  it('that denies keeps a command from being run, tells the model, and is on record and in show', async () => {
    const home = homeWith('policy:\n  deny: ["shell(touch)"]\n');
    const { code, stderr, session, requests, repository } = await run(
      [shellTurn('cd . && touch made'), shellTurn('echo fine')],
      { home, args: HOST },
    );
    expect(code, stderr).toBe(0);
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(results(requests)?.[0]).toBe(
      "Not run: the policy's rule deny shell(touch) forbids this: touch made. Do not try to do the same in another way: go on without it, or say in your last message what you could not do.",
    );
    expect(results(requests)?.[1]).toContain('fine');
    expect(eventsOf(session.events, 'policy.decided')).toMatchObject([
      { tool: 'shell', verdict: 'deny', rule: 'shell(touch)', what: 'touch made', by: 'rule' },
    ]);
    // What was not run did not start.
    expect(eventsOf(session.events, 'tool.started')).toHaveLength(1);
    expect(eventsOf(session.events, 'tool.finished')).toHaveLength(2);
    const { stdout } = await runDrydock(['show'], { home });
    expect(stdout).toContain('⊘ denied shell: touch made (by the rule shell(touch))');
  });

  it('that asks denies where nobody is there to ask, and does not wait', async () => {
    const home = homeWith('policy: { ask: ["write(**/*.js)"] }');
    for (const args of [HOST, [...HOST, '--json']]) {
      const { code, session, requests, repository } = await run(
        (turn, request) => (turn === 0 ? { toolCalls: [mendingCall(request)] } : { text: 'Done.' }),
        { home, args },
      );
      expect(code).toBe(0);
      expect(results(requests)?.[0]).toContain('lets a person decide about this: write ');
      expect(results(requests)?.[0]).toContain('and nobody is there to ask.');
      expect(eventsOf(session.events, 'policy.decided')).toMatchObject([{ verdict: 'deny', by: 'headless' }]);
      expect(repository.git('status', '--porcelain')).toBe('');
    }
  });

  it('of the project’s file denies too, also when the session is resumed, and one that allows is refused', async () => {
    const config = 'policy:\n  deny: ["shell(touch)"]\n';
    const repository = makeRepository({ ...BROKEN_SUM, '.drydock/config.yaml': config });
    const first = await run([shellTurn('touch made')], { repository, args: HOST });
    expect(results(first.requests)?.[0]).toContain('Not run');
    // The base commit's file counts, not what lies there now.
    writeFileSync(join(repository.dir, '.drydock/config.yaml'), '');
    const again = await runDrydock(['resume', 'last', 'again'], {
      home: first.home,
      cwd: repository.dir,
      env: first.server.env,
    });
    expect(again.code, again.stderr).toBe(0);
    const events = readLog(first.session.dir);
    expect(eventsOf(events, 'session.created')[0]?.useProject).toBe(true);

    const wide = makeRepository({ ...BROKEN_SUM, '.drydock/config.yaml': 'policy: { allow: ["shell(*)"] }' });
    const { code, stderr } = await (await startRun([], { repository: wide, args: HOST })).ended;
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(
        'policy in .drydock/config.yaml: it may only hold lists of rules under deny and ask there',
      ),
    });
  });

  it('for a host is refused where the whole network is open', async () => {
    const home = homeWith('policy: { deny: ["network(example.org)"] }');
    const { code, stderr } = await (await startRun([], { home, args: ['--network', 'full'] })).ended;
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('the policy denies the host example.org'),
    });
  });

  it('keeps the files that it names from a search', async () => {
    const home = homeWith('policy: { deny: ["read(**/.env)"] }');
    const repository = makeRepository({ '.env': 'WORD=1\n', 'a.txt': 'WORD\n' });
    const search = (path: string) => ({ name: 'search', arguments: { pattern: 'WORD', path } });
    const { requests } = await run([{ toolCalls: [search('.'), search('.env')] }], { home, repository, args: HOST });
    expect(results(requests)?.[0]).toContain(
      'a.txt\n1: WORD\n[1 match in 1 file]\n[1 more match is in files that a rule',
    );
    expect(results(requests)?.[0]).not.toContain('WORD=1');
    expect(results(requests)?.[1]).toContain("Not run: the policy's rule deny read(**/.env) forbids this");
  });
});

/** A run on a terminal that asks before every command. `screen` grows. */
async function onTerminal(script: Script): Promise<ScriptedRun & { screen(): string }> {
  const running = await startRun(script, {
    home: homeWith('policy: { ask: ["shell(*)"] }'),
    args: HOST,
    env: { TERM: 'xterm-256color' },
    through: `exec script -qec "stty cols 100 rows 30 -echo; exec $(printf '%q ' "$@")" /dev/null`,
    openStdin: true,
  });
  let screen = '';
  running.child.stdout?.on('data', (chunk: Buffer) => {
    screen += chunk.toString();
  });
  return { ...running, screen: () => screen };
}
const asked = (screen: string) => screen.split('May shell be called?').length - 1;

describe.concurrent('approval on a terminal', () => {
  it('shows the whole call; yes runs it, always asks no more about the same, no gives the model words', async () => {
    const commands = ['printf one; printf \x1b[31m', 'echo two', 'echo two', 'touch made'];
    const running = await onTerminal((turn) => {
      const command = commands[turn];
      return command === undefined ? { text: 'Done.' } : shellTurn(command);
    });
    for (const [index, answer] of ['y\n', 'a\n', 'n use a temporary folder\n'].entries()) {
      await until(
        `question ${index + 1}`,
        () => asked(running.screen()) > index && running.screen().endsWith('? \x1b[22m'),
      );
      running.child.stdin?.write(answer);
    }
    const { code } = await running.ended;
    expect(code, running.screen()).toBe(0);
    const screen = running.screen();
    expect(screen).toContain('command: printf one; printf ␛[31m');
    expect(asked(screen)).toBe(3);
    const { events } = newestSession(running.home);
    expect(eventsOf(events, 'policy.decided')).toMatchObject([
      { verdict: 'allow', by: 'user', rule: 'shell(*)' },
      { verdict: 'allow', by: 'user', always: true },
      { verdict: 'allow', by: 'user', always: true },
      { verdict: 'deny', by: 'user', words: 'use a temporary folder' },
    ]);
    expect(results(running.requests)?.at(-1)).toContain(
      'the user was asked and said no. They say: use a temporary folder',
    );
    expect(running.repository.git('status', '--porcelain')).toBe('');
  });

  it('ends with Ctrl-C, and the call is not run', async () => {
    const running = await onTerminal(() => shellTurn('touch made'));
    await until('the question', () => running.screen().endsWith('? \x1b[22m'));
    running.child.stdin?.write('\x03');
    expect((await running.ended).code).toBe(130);
    expect(running.screen()).toContain('interrupted by SIGINT');
    expect(running.repository.git('status', '--porcelain')).toBe('');
  });
});

describe.concurrent('a secret', () => {
  /** All that a session has kept, its blobs too. */
  const kept = (dir: string) =>
    readFileSync(join(dir, 'events.jsonl'), 'utf8') +
    readdirSync(join(dir, 'blobs'))
      .map((name) => readFileSync(join(dir, 'blobs', name), 'utf8'))
      .join('');

  it('in a file, in output and in a kept whole output reaches neither the provider nor the session', async () => {
    const repository = makeRepository({ 'config.txt': `name = x\ntoken = ${KEY}\nend\n` });
    const print = `printf '%s%s\\n' ${KEY_START} ${KEY_END}`;
    // The cut for the model goes right through the key: some 4 KiB are shown of the beginning.
    const cut = `head -c 4080 /dev/zero | tr '\\0' x; ${print}; head -c 90000 /dev/zero | tr '\\0' y`;
    const { code, stderr, session, requests } = await run(
      [
        { toolCalls: [{ name: 'read_file', arguments: { path: 'config.txt' } }] },
        shellTurn(`${print}; echo canary-5f''1c9e-forge`),
        shellTurn(cut),
      ],
      { repository, args: [...HOST, '--verify', print] },
    );
    expect(code, stderr).toBe(0);
    expect(results(requests)?.[0]).toBe('name = x\ntoken = [redacted: github token]\nend');
    expect(results(requests)?.[1]).toContain('[redacted: github token]\n[redacted: value of GITHUB_TOKEN]');
    const finished = eventsOf(session.events, 'tool.finished').map(({ details }) => details.redacted);
    expect(finished[0]).toEqual({ 'github token': 1 });
    expect(finished[1]).toEqual({ 'github token': 1, 'value of GITHUB_TOKEN': 1 });
    expect(eventsOf(session.events, 'verify.finished')[0]?.output).toBe('[redacted: github token]\n');
    const everything = JSON.stringify(requests) + kept(session.dir);
    // `includes`, since what it is looked for in is large. The commands of this test hold the two parts apart.
    expect(everything.includes(KEY)).toBe(false);
    expect(everything.includes(`x${KEY_START}`)).toBe(false);
    // What was sent once is sent the same way again.
    const [second, third] = [requests[1]?.toolResults[0]?.text, requests[2]?.toolResults[0]?.text];
    expect(second).toBe(third);
  });

  it('stays what it is in a file that the model edits around it, and its placeholder is not written', async () => {
    const repository = makeRepository({ 'config.txt': `token = ${KEY}\n` });
    const line = 'token = [redacted: github token]';
    const edits = [
      { name: 'edit', arguments: { path: 'config.txt', edits: [{ old: line, new: 'token = none' }] } },
      { name: 'edit', arguments: { path: 'config.txt', edits: [{ old: 'token', new: 'secret' }] } },
      { name: 'write_file', arguments: { path: 'copy.txt', content: `${line}\n` } },
      { name: 'shell', arguments: { command: `echo '${line}' > copy.txt` } },
    ];
    const { requests, repository: after } = await run([{ toolCalls: edits }], { repository, args: HOST });
    const [first, second, ...rest] = results(requests) ?? [];
    for (const refused of [first, ...rest]) {
      expect(refused).toContain('Not run: [redacted: github token] stands for a secret that is kept from you.');
    }
    expect(second).toContain('Edited config.txt');
    expect(readFileSync(join(after.dir, 'config.txt'), 'utf8')).toBe(`secret = ${KEY}\n`);
    expect(after.git('status', '--porcelain')).toBe(' M config.txt');
  });
});

describe.concurrent('a change', () => {
  it('that is too large is told to the model once, is not handed over, is kept, and can be had with a higher limit', async () => {
    const write = (content: string) => ({
      toolCalls: [{ name: 'write_file', arguments: { path: 'new.txt', content } }],
    });
    const running = await startRun(
      async (turn) => {
        if (turn === 0) return write('a\n'.repeat(30));
        if (turn === 1) {
          const log = () => readLog(newestSession(running.home).dir);
          await until('the checkpoint', () => eventsOf(log(), 'checkpoint').length > 0);
          return shellTurn('true');
        }
        return { text: 'Done.' };
      },
      { args: ['--max-diff', '20'] },
    );
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }, stderr).toEqual({ code: 5, stdout: '' });
    expect(stderr).toContain(
      'drydock: the change is larger than may be handed over: 30 changed lines, at most 20 — it is kept',
    );
    const { id, events } = newestSession(running.home);
    expect(eventsOf(events, 'notice').map(({ reason }) => reason)).toEqual(['max_diff']);
    expect(running.repository.git('branch', '--list', 'drydock/*')).toBe('');
    const diff = await runDrydock(['diff', id], { home: running.home });
    expect(diff.stdout).toContain('+++ b/new.txt');
    const again = await runDrydock(['resume', id, 'go on', '--max-diff', '40'], {
      home: running.home,
      env: running.server.env,
    });
    expect(again.code, again.stderr).toBe(0);
    expect(running.repository.git('show', `drydock/${id}:new.txt`)).toContain('a\na');
    expect(await leftOnEngine(id)).toEqual([]);
  });

  it('with words that the user has blocked is refused where it is written, and at the end', async () => {
    const home = homeWith("guard: { blocked: ['DO NOT (SHIP|MERGE)'] }");
    const write = { name: 'write_file', arguments: { path: 'a.txt', content: 'DO NOT SHIP\n' } };
    const refused = await run([{ toolCalls: [write] }], { home, args: HOST });
    expect(refused.code).toBe(0);
    expect(results(refused.requests)?.[0]).toContain('holds what the user has blocked (DO NOT (SHIP|MERGE))');
    const { code, stdout, stderr } = await run([shellTurn("echo 'DO NOT 'MERGE > a.txt")], { home, args: HOST });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('drydock: the change is not handed over: it adds what guard.blocked forbids');
    for (const command of [
      "touch 'DO NOT 'MERGE",
      "printf '\\0' > 'DO NOT 'MERGE",
      "mkdir 'DO NOT 'SHIP; touch 'DO NOT 'SHIP/x",
    ]) {
      const named = await run([shellTurn(command)], { home, args: HOST });
      expect(named.code, command).toBe(2);
    }
  });
});
