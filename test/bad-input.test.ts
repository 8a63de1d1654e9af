/** What a user may get wrong, through the real command line: it works, or one line says what to do, and nothing is lost. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  BROKEN_SUM,
  engine,
  eventsOf,
  leftOnEngine,
  makeRepository,
  mendingCall,
  newestSession,
  type RunResult,
  type RunSettings,
  readLog,
  run,
  runDrydock,
  shellTurn,
  startRun,
  temporaryFolder,
  until,
} from './harness.ts';
import type { Script } from './model-server.ts';

// Some runs are resumed twice, and two cores are shared.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

/** A key that no request is ever made with. */
const KEY = { ANTHROPIC_API_KEY: 'never-used' };

/** Mends the sum and is done. */
const MEND: Script = (turn, request) => (turn === 0 ? { toolCalls: [mendingCall(request)] } : { text: 'Done.' });

/** The one complaint on stderr; there must be no other, and no stack trace. */
function complaint({ stderr }: RunResult): string {
  const lines = stderr.split('\n').filter((line) => line.startsWith('drydock: '));
  expect(lines, stderr).toHaveLength(1);
  expect(stderr).not.toMatch(/^\s+at |internal error|Unhandled|node:internal/m);
  return lines[0] ?? '';
}

/** A refusal before anything was begun: its line is all there is. */
function expectRefusal(result: RunResult, code: number, words: string | RegExp): void {
  expect(result.stderr).toBe(`${complaint(result)}\n`);
  expect(complaint(result)).toMatch(words);
  expect(result).toMatchObject({ code, stdout: '' });
}

/** A run that began and failed: the complaint, the code and the log's last event agree, and no container is left. */
async function expectFailedRun(result: RunResult & { home: string }, code: number, words: string | RegExp) {
  expect(complaint(result)).toMatch(words);
  expect(result.code).toBe(code);
  const session = newestSession(result.home);
  expect(session.events.at(-1)).toMatchObject({ type: 'run.finished', exitCode: code });
  expect(await leftOnEngine(session.id)).toEqual([]);
  return session;
}

const refused = (args: readonly string[], settings: RunSettings = {}) =>
  runDrydock(args, { ...settings, env: { ...KEY, ...settings.env } });

describe.concurrent('the repository', () => {
  it('is refused where there is none', async () => {
    expectRefusal(await refused(['run', 'x']), 2, /is not in a git repository — .*git init/);
  });

  it('is refused without a commit', async () => {
    const cwd = temporaryFolder();
    execFileSync('git', ['init', '-q', cwd]);
    expectRefusal(await refused(['run', 'x'], { cwd }), 2, /has no commit yet — .*git commit/);
  });

  it('is refused inside its .git folder', async () => {
    const { dir } = makeRepository();
    expectRefusal(await refused(['run', 'x'], { cwd: join(dir, '.git') }), 2, 'inside the .git folder');
  });

  it('is refused where it lacks objects, as a partial clone can', async () => {
    const { git, dir } = makeRepository({ ...BROKEN_SUM, 'big.txt': 'big\n' });
    git('config', 'uploadpack.allowFilter', 'true');
    const clone = join(temporaryFolder(), 'clone');
    git('clone', '-q', '--no-checkout', '--filter=blob:none', `file://${dir}`, clone);
    const result = await startRun(MEND, { cwd: clone });
    await expectFailedRun({ ...(await result.ended), home: result.home }, 2, /objects .* are missing — .*git fetch/);
  });

  it('may be dirty: the run says that the changes stay out, and they stay as they are', async () => {
    const repository = makeRepository();
    repository.write('sum.js', '// mine\n');
    repository.write('note.txt', 'mine\n');
    const { code, stderr, requests } = await run([shellTurn('cat sum.js; ls')], { repository });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('2 uncommitted or untracked files are not part of this run (--include-dirty');
    expect(requests[1]?.toolResults[0]?.text).toContain('a - b');
    expect(requests[1]?.toolResults[0]?.text).not.toContain('note.txt');
    expect(repository.git('status', '--porcelain')).toBe(' M sum.js\n?? note.txt');
  });

  it('may be bare', async () => {
    const { dir, git } = makeRepository();
    const bare = join(temporaryFolder(), 'bare.git');
    git('clone', '-q', '--bare', dir, bare);
    const { code, stderr, session } = await run(MEND, { cwd: bare });
    expect(code, stderr).toBe(0);
    const shown = execFileSync('git', ['-C', bare, 'show', `drydock/${session.id}:sum.js`]).toString();
    expect(shown).toContain('a + b');
  });

  it('may be a shallow clone, which stays one', async () => {
    const { dir, git, write } = makeRepository();
    write('more.txt', 'more\n');
    git('add', '-A');
    git('commit', '-q', '-m', 'second');
    const clone = join(temporaryFolder(), 'clone');
    git('clone', '-q', '--depth', '1', `file://${dir}`, clone);
    const { code, stderr, session } = await run(MEND, { cwd: clone });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('a shallow clone');
    const inClone = (...args: string[]) => execFileSync('git', ['-C', clone, ...args]).toString();
    expect(inClone('show', `drydock/${session.id}:sum.js`)).toContain('a + b');
    expect(inClone('rev-list', '--count', `drydock/${session.id}`)).toBe('2\n');
    expect(existsSync(join(clone, '.git/shallow'))).toBe(true);
  });

  it('may hold submodules, LFS pointers, symlinks and odd names, which come back unchanged', async () => {
    const sub = makeRepository({ 'a.txt': 'a\n' });
    const repository = makeRepository({
      ...BROKEN_SUM,
      '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
      'big.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
      'with space.txt': 'space\n',
      'with\nnewline.txt': 'newline\n',
      'mode/umlaut-ü.txt': 'ü\n',
    });
    const bytes = (name: string) => Buffer.concat([Buffer.from(`${repository.dir}/`), Buffer.from(name, 'latin1')]);
    writeFileSync(bytes('latin1-\xe9.txt'), 'latin1\n');
    symlinkSync('sum.js', join(repository.dir, 'link'));
    symlinkSync('/etc/passwd', join(repository.dir, 'outside'));
    symlinkSync('nowhere', join(repository.dir, 'dangling'));
    repository.write('run.sh', '#!/bin/sh\n', 0o755);
    repository.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', sub.dir, 'sub');
    repository.git('add', '-A');
    repository.git('commit', '-q', '-m', 'odd');
    const { code, stderr, session } = await run(MEND, { repository });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('submodules stay empty in the sandbox: sub');
    expect(stderr).toContain('Git LFS');
    expect(repository.git('diff', '--raw', '--abbrev=4', 'HEAD', `drydock/${session.id}`)).toMatch(
      /^:100644 100644 \w+ \w+ M\tsum\.js$/,
    );
    expect(repository.git('status', '--porcelain')).toBe('');
  });

  it('is refused by name where git itself is missing', async () => {
    const { dir } = makeRepository();
    expectRefusal(await refused(['run', 'x'], { cwd: dir, env: { PATH: '/nonexistent' } }), 2, /git .*install git/);
  });
});

describe.concurrent('the model', () => {
  const model = (name: string, ...more: string[]) => refused(['run', 'x', '--model', name, ...more]);

  it('is refused with the nearest name where it is unknown', async () => {
    expectRefusal(
      await model('anthropic:claude-sonet-5'),
      2,
      /nearest known model is anthropic:claude-sonnet-5\..*--context-window/,
    );
  });

  it('is refused where its provider is unknown, or there is none', async () => {
    expectRefusal(await model('google:gemini'), 2, "unknown provider 'google'");
    expectRefusal(await model('sonnet'), 2, 'not of the form provider:name');
  });

  it('needs a key, and the line names the variable', async () => {
    const { dir } = makeRepository();
    const none = { cwd: dir };
    expectRefusal(await runDrydock(['run', 'x'], none), 2, /no model to use: set ANTHROPIC_API_KEY or OPENAI_API_KEY/);
    const named = await runDrydock(['run', 'x', '--model', 'anthropic:claude-sonnet-5'], none);
    expectRefusal(named, 2, 'ANTHROPIC_API_KEY');
    expectRefusal(await runDrydock(['run', 'x', '--model', 'openai:gpt-6-sol'], none), 2, 'OPENAI_API_KEY');
  });

  it('is asked once with a wrong key', async () => {
    const body = { type: 'error', error: { type: 'authentication_error', message: 'invalid x-api-key' } };
    const result = await run([{ error: { status: 401, body } }]);
    await expectFailedRun(result, 3, /refused the key: .*invalid x-api-key.* — check the key/);
    expect(result.requests).toHaveLength(1);
  });

  it('is refused with an effort that it does not have, and with a fallback that nobody knows', async () => {
    const none = await model('anthropic:claude-opus-5-5', '--effort', 'none');
    expectRefusal(none, 2, /--effort none: anthropic:claude-opus-5-5 does not have this level; it has low, medium,/);
    expectRefusal(await model('openai:gpt-6-sol', '--fallback', 'openai:gpt-6-sool'), 2, /nearest known model/);
  });

  it('is refused where its provider is to shorten the history, and cannot', async () => {
    const local = ['--context-window', '9000', '--compaction', 'native'];
    const line = /provider of openai-chat:local cannot shorten the history itself — .*--compaction layered/;
    expectRefusal(await model('openai-chat:local', ...local), 2, line);
    expectRefusal(await model('openai:gpt-6-sol', '--fallback', 'openai-chat:local', ...local), 2, line);
  });

  it('is refused with a cost limit where its price is unknown', async () => {
    const result = await model('anthropic:unheard-of', '--context-window', '9000', '--max-cost', '1');
    expectRefusal(result, 2, /--max-cost cannot be kept: the price of anthropic:unheard-of is unknown — .*--max-turns/);
  });
});

describe.concurrent('the task', () => {
  it.each([
    ['', 'the task is empty — give it as an argument'],
    [' \n\t ', 'the task is empty'],
  ])('is refused when it is %j', async (task, words) => {
    expectRefusal(await refused(['run', task]), 2, words);
  });

  it('is refused when its file is missing, and when it is given twice', async () => {
    expectRefusal(await refused(['run', '--file', 'no.md']), 2, 'the task file no.md cannot be read: ENOENT');
    expectRefusal(await refused(['run', 'x', '--file', 'no.md']), 2, 'given twice');
    expectRefusal(await refused(['run', '-', '--file', 'no.md']), 2, 'given twice');
  });

  it('is refused when stdin is empty, or open and silent', async () => {
    expectRefusal(await refused(['run'], { stdin: '' }), 2, 'the task is empty');
    expectRefusal(
      await refused(['run'], { through: 'exec "$@" < <(exec sleep 30 2>/dev/null)' }),
      2,
      'nothing came on stdin',
    );
  });

  it('is taken from a file, from stdin, and from stdin by name', async () => {
    const file = join(temporaryFolder(), 'task.md');
    writeFileSync(file, '# From a file\n');
    const fromFile = await startRun([], { args: ['--file', file], task: null });
    const fromStdin = await startRun([], { task: null, stdin: 'From stdin\n' });
    const byName = await startRun([], { task: '-', stdin: 'By name\n' });
    await Promise.all([fromFile.ended, fromStdin.ended, byName.ended]);
    const asked = [fromFile, fromStdin, byName].map(({ requests }) => requests[0]?.lastUserText);
    expect(asked).toEqual(['# From a file', 'From stdin', 'By name']);
  });
});

describe.concurrent('the command line', () => {
  it.each([
    [['run', 'x', '--frobnicate'], "unknown option '--frobnicate'"],
    [['run', 'x', '--max-turn', '3'], "unknown option '--max-turn' (Did you mean --max-turns?)"],
    [['rnu'], "unknown command 'rnu' (Did you mean run?)"],
    [['run', 'x', 'y'], 'too many arguments'],
    [['resume'], "missing required argument 'session'"],
    [['run', 'x', '--max-turns'], "option '--max-turns <n>' argument missing"],
    [['run', 'x', '--max-turns', '0'], '--max-turns "0" is below 1'],
    [['run', 'x', '--max-cost', '-1'], '--max-cost "-1" is not an amount of dollars'],
    [['run', 'x', '--timeout', 'abc'], '--timeout "abc" is not a duration such as 90s, 30m or 2h'],
    [['run', 'x', '--verify', ''], '--verify "" is empty'],
    [['run', 'x', '--verify-attempts', 'many'], '--verify-attempts "many" is not a whole number'],
    [['run', 'x', '--output', 'mail'], '--output "mail" is neither branch nor patch'],
    [['run', 'x', '--env', 'A=1'], '--env "A=1" is not a variable name'],
    [['run', 'x', '--env', 'MISSING'], '--env MISSING: there is no such variable'],
    [['run', 'x', '--session-dir', ''], '--session-dir "" is empty'],
    [['run', 'x', '--cd', '/nonexistent'], '/nonexistent is not a folder'],
    [['run', 'x', '--context-window', '12'], '--context-window "12" is below 1000'],
    [['run', 'x', '--effort', 'utmost'], '--effort "utmost" is none of none, minimal, low, medium, high, xhigh, max'],
    [['run', 'x', '--attach', 'no.png'], '--attach no.png cannot be read: ENOENT'],
    [['run', 'x', '--sandbox', 'vm'], '--sandbox "vm" is neither docker nor host'],
    [['run', 'x', '--sandbox', 'host', '--image', 'debian'], '--image has no meaning with --sandbox host'],
    [['run', 'x', '--sandbox', 'host', '--network', 'none'], '--network none has no meaning with --sandbox host'],
    [['run', 'x', '--sandbox', 'host', '--memory', '1g', '--disk', '1g'], '--memory, --disk has no meaning with'],
    [['run', 'x', '--host-user', 'nobody'], '--host-user has no meaning with --sandbox docker'],
    [['run', 'x', '--memory', '1'], '--memory "1" is not a size such as 512m or 4g'],
    [['run', 'x', '--image', ''], '--image "" is empty'],
    [['run', 'x', '--network', 'foo'], '--network "foo" is none of none, allow, full'],
    [['run', 'x', '--network', 'allow'], '--network allow needs to know what to allow'],
    [['run', 'x', '--network', 'none', '--allow', 'a.example.com'], '--allow contradicts --network none'],
    [['run', 'x', '--allow', 'http://a.example.com/'], '--allow "http://a.example.com/" is none of HOST, HOST:PORT'],
    [['run', 'x', '--sandbox', 'host', '--allow', 'npm'], '--allow has no meaning with --sandbox host'],
    [['show', '--session-dir', ''], '--session-dir "" is empty'],
  ])('%j is refused', async (args, words) => {
    const result = await refused(args);
    expectRefusal(result, 2, '');
    expect(result.stderr).toContain(words);
  });

  it('works without HOME', async () => {
    const result = await run([], { through: 'unset HOME; exec "$@"' });
    expect(result.code, result.stderr).toBe(0);
  });

  it('is refused in a folder that is gone', async () => {
    const result = await refused(['run', 'x'], { through: 'mkdir gone && cd gone && rmdir ../gone && exec "$@"' });
    expectRefusal(result, 2, /current folder .*gone/);
  });
});

describe.concurrent('the sandbox', () => {
  const unusable = 'drydock-test-no-shell';
  beforeAll(async () => {
    const docker = await engine();
    const context = temporaryFolder();
    writeFileSync(
      join(context, 'Dockerfile'),
      'FROM drydock-test-busybox\nUSER root\nRUN ["/bin/busybox", "rm", "/bin/sh"]\nRUN ["/bin/busybox", "touch", "/bin/sh"]\n',
    );
    const building = await docker.buildImage({ context, src: ['Dockerfile'] }, { t: unusable, rm: true });
    await new Promise((resolve, reject) =>
      docker.modem.followProgress(building, (error) => (error ? reject(error) : resolve(undefined))),
    );
  });
  afterAll(async () => {
    await (await engine()).getImage(unusable).remove({ force: true });
  });

  it('needs an engine that answers', async () => {
    const result = await run(MEND, { env: { DOCKER_HOST: 'unix:///nonexistent/docker.sock' } });
    await expectFailedRun(result, 4, /no Docker engine answers: .*nonexistent.* — start Docker/);
  });

  it('needs an image that the engine has, or can pull', async () => {
    const result = await run(MEND, { args: ['--image', 'drydock-test-missing:1'] });
    await expectFailedRun(
      result,
      4,
      /the engine has no image drydock-test-missing:1 and could not pull it: .* — .*docker pull/,
    );
  });

  it('needs an image with git', async () => {
    const result = await run(MEND, { args: ['--image', 'drydock-test-busybox'] });
    await expectFailedRun(result, 4, /the image drydock-test-busybox has no git.* — use an image with git/);
  });

  it('needs an image with a shell that works', async () => {
    const result = await run(MEND, { args: ['--image', unusable] });
    await expectFailedRun(result, 4, /drydock-test-no-shell did not start: .* — the image needs a POSIX shell/);
  });
});

describe.concurrent('the session', () => {
  const aSession = async () => {
    const finished = await run(MEND);
    const { home, session, server } = finished;
    const log = join(session.dir, 'events.jsonl');
    const again = (...args: string[]) => runDrydock(args, { home, env: server.env });
    return { ...finished, log, again };
  };

  it('is refused where there is none, or none of that name', async () => {
    expectRefusal(await refused(['show']), 2, 'no sessions in');
    expectRefusal(await refused(['resume', 'last']), 2, 'no sessions in');
    const { again, session } = await aSession();
    expectRefusal(await again('show', 'nope'), 2, new RegExp(`no session "nope" in .* — The newest is ${session.id}`));
    expectRefusal(await again('resume', 'nope', 'x'), 2, 'no session "nope"');
    expectRefusal(await again('resume', '../../etc', 'x'), 2, 'no session');
  });

  it('is refused by a beginning that several have', async () => {
    const { again, home, session } = await aSession();
    mkdirSync(join(home, 'state/drydock/sessions', `${session.id}x`));
    expectRefusal(await again('show', session.id.slice(0, 4)), 2, /2 sessions begin with .* — Give more of the id/);
  });

  it('is refused with the damaged line where its log is corrupt, and stays as it is', async () => {
    const { again, log, session } = await aSession();
    const lines = readFileSync(log, 'utf8').split('\n');
    lines[4] = '{"v":1,"seq":5,"broken';
    writeFileSync(log, lines.join('\n'));
    const before = readFileSync(log);
    const resumed = await again('resume', session.id, 'x');
    expectRefusal(resumed, 2, /line 5 of events\.jsonl is damaged: not JSON.* — Restore .*head -n 4/);
    const shown = await again('diff', session.id);
    expect(shown.code).toBe(2);
    expect(complaint(shown)).toContain('line 5 of events.jsonl is damaged');
    expect(readFileSync(log)).toEqual(before);
  });

  it('loses only a torn last line, which is kept beside the log', async () => {
    const { again, log, session } = await aSession();
    appendFileSync(log, '{"v":1,"seq":99,"ty');
    const shown = await again('show', session.id);
    expect(shown.code, shown.stderr).toBe(0);
    const resumed = await again('resume', session.id, 'And now?');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain('a torn last line of 19 bytes was cut from the log');
    expect(readFileSync(join(session.dir, 'events.torn-1'), 'utf8')).toBe('{"v":1,"seq":99,"ty');
    expect(eventsOf(readLog(session.dir), 'run.finished')).toHaveLength(2);
  });

  it('is refused while another process has it, which goes on undisturbed', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const running = await startRun(async () => {
      await held;
      return { text: 'Done.' };
    });
    await until('the first request', () => running.requests.length > 0);
    const { id } = newestSession(running.home);
    const { home, server } = running;
    const resumed = await runDrydock(['resume', id, 'x'], { home, env: server.env });
    expectRefusal(resumed, 2, /in use by process \d+ — Wait for it/);
    expect((await runDrydock(['show', id], { home })).code).toBe(0);
    release();
    expect((await running.ended).code).toBe(0);
  });

  it('is refused where its repository is gone, and works again once it is back', async () => {
    const { again, repository, session } = await aSession();
    const away = `${repository.dir}-away`;
    renameSync(repository.dir, away);
    expectRefusal(await again('resume', session.id, 'x'), 2, new RegExp(`${repository.dir} does not exist`));
    expect((await again('diff', session.id)).stdout).toContain('a + b');
    renameSync(away, repository.dir);
    const found = await again('resume', session.id, 'Go on');
    expect(found.code, found.stderr).toBe(0);
  });

  it('cannot be kept below a file', async () => {
    const { dir } = makeRepository();
    const settings = { cwd: dir, env: KEY };
    const below = await runDrydock(['run', 'x', '--session-dir', join(dir, 'sum.js', 'sessions')], settings);
    expectRefusal(below, 2, /cannot write to .*: ENOTDIR — .*--session-dir/);
    expectRefusal(await runDrydock(['show', '--session-dir', join(dir, 'sum.js')], settings), 2, 'ENOTDIR');
  });

  it.skipIf(process.platform !== 'linux')('cannot be kept where a folder takes no others', async () => {
    const { dir } = makeRepository();
    const below = await runDrydock(['run', 'x', '--session-dir', '/proc/sessions'], { cwd: dir, env: KEY });
    expectRefusal(below, 2, /cannot write to \/proc\/sessions: ENOENT — .*--session-dir/);
  });

  it('keeps what it has when the disk is full, and can be gone on with', async () => {
    // A limit on the size of a file makes the log's write fail as a full disk does, without needing one.
    const long = 'x'.repeat(200 * 1024);
    const result = await run([shellTurn('echo before'), { text: long }], {
      through: `trap '' XFSZ; ulimit -f 100; exec "$@"`,
    });
    expect(result.code).toBe(2);
    expect(complaint(result)).toMatch(/cannot write to .*events\.jsonl: EFBIG — Check free space/);
    expect(await leftOnEngine(result.session.id)).toEqual([]);
    expect(eventsOf(result.session.events, 'tool.finished')).toHaveLength(1);
    const { home, server, repository } = result;
    const resumed = await runDrydock(['resume', 'last'], { home, cwd: repository.dir, env: server.env });
    expect(resumed.code, resumed.stderr).toBe(0);
  });
});
