/** `drydock bot run`: what ends it early, and what it refuses before anything is done. */
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { PRIVATE_GIT } from '../sandbox/docker/transfer.ts';
import { startBot, startBotRun, type TestBot } from './bot.ts';
import {
  eventsOf,
  leftOnEngine,
  MODEL,
  newestSession,
  serve,
  shellTurn,
  startDrydock,
  temporaryFolder,
  until,
} from './harness.ts';
import type { ScriptedTurn } from './model-server.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

/** The command line as the leader of a process group, as a shell starts it in a terminal. */
const IN_A_TERMINAL = 'exec setsid "$@"';

/** A bot with an issue, in whose job the second call hangs. */
async function hangingBot(first: ScriptedTurn = shellTurn('echo kept >notes.txt')) {
  const bot = await startBot((turn) => (turn === 0 ? first : shellTurn('sleep 600')));
  bot.forge.openIssue('octo', { title: 'The sum subtracts' });
  const running = startBotRun(bot, ['--issue', '1'], { through: IN_A_TERMINAL });
  await until('the hanging call', () => {
    if (bot.requests.length < 2) return false;
    return eventsOf(newestSession(bot.home).events, 'tool.started').length === 2;
  });
  const toAll = () => process.kill(-(running.child.pid ?? 0), 'SIGINT');
  return { bot, running, toAll };
}

/** That the forge is as it was. */
async function expectUntouched({ forge }: TestBot) {
  expect(Object.keys(await forge.branches())).toEqual(['main']);
  expect([forge.pulls(), forge.comments()]).toEqual([[], []]);
}

describe('bot run that is interrupted', () => {
  it.for([
    ['by Ctrl-C, which reaches its whole process group,', 130, null],
    ['by SIGINT to itself alone', 130, 'SIGINT'],
    ['by SIGTERM to itself alone', 143, 'SIGTERM'],
  ] as const)('%s stops in order with %i, publishes nothing, and says how to go on', async ([, code, alone]) => {
    const { bot, running, toAll } = await hangingBot();
    if (alone === null) toAll();
    else running.child.kill(alone);
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(code);
    expect(ended.stderr).not.toContain('stopped at once');
    const { id, events } = newestSession(bot.home);
    expect(eventsOf(events, 'run.finished').map(({ outcome }) => outcome)).toEqual(['interrupted']);
    expect(await leftOnEngine(id)).toEqual([]);
    expect(existsSync(join(running.job, 'result/result.json'))).toBe(true);
    const last = ended.stderr.trimEnd().split('\n').at(-1);
    expect(last).toContain(`the job is in ${running.job}`);
    expect(last).toContain(`drydock bot publish ${running.job}`);
    await expectUntouched(bot);
  });

  it('twice stops at once, with all its processes, and publishes nothing', async () => {
    // A git that waits for somebody to write its configuration keeps the work from ending in order.
    const { bot, running, toAll } = await hangingBot(shellTurn(`cd ${PRIVATE_GIT} && mv config kept && mkfifo config`));
    toAll();
    await running.said('once more to stop at once');
    toAll();
    const ended = await running.ended;
    expect(ended.code, ended.stderr).toBe(130);
    expect(ended.stderr).toContain('stopped at once');
    expect(ended.stderr).toContain(`the job is in ${running.job}`);
    await expectUntouched(bot);
  });

  it('while a job is collected ends at once, with the git that it waited for, and says how to go on', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    try {
      const asked = once(silent, 'connection');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const job = join(temporaryFolder(), 'job');
      const model = await serve(() => ({ text: '' }));
      const args = ['--remote', `http://127.0.0.1:${port}/sum.git`, '--task', 'Mend the sum', '--model', MODEL];
      const running = startDrydock(['bot', 'run', ...args, '--out', job], { env: model.env });
      const [socket] = (await asked) as [Socket];
      const closed = once(socket.resume(), 'close');
      running.child.kill('SIGINT');
      const ended = await running.ended;
      expect(ended.code, ended.stderr).toBe(130);
      expect(ended.stderr).toContain(job);
      expect(ended.stderr).toContain('give the same call again');
      await closed;
    } finally {
      silent.close();
    }
  });
});

describe('bot run', () => {
  it.for([
    ['a model of no provider', ['--model', 'anthropc:x'], {}, 'anthropc'],
    ['no key of a model', [], { ANTHROPIC_API_KEY: '' }, 'ANTHROPIC_API_KEY'],
    ['a configuration that is not there', ['--config', 'nowhere.yaml'], {}, 'nowhere.yaml'],
    ['no token that writes', [], { FORGE_WRITE_TOKEN: '', GITHUB_TOKEN: '' }, 'FORGE_WRITE_TOKEN'],
    ['no token that reads', [], { FORGE_READ_TOKEN: '', GITHUB_TOKEN: '' }, 'FORGE_READ_TOKEN'],
  ] as const)('with %s is refused in one line before anything is asked', async ([, args, env, word]) => {
    const bot = await startBot(() => ({ text: 'Done.' }));
    bot.forge.openIssue('octo', { title: 'The sum subtracts' });
    const running = startBotRun(bot, ['--issue', '1', ...args], { env });
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stdout }, stderr).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^drydock: [^\n]+\n$/);
    expect(stderr).toContain(word);
    expect([bot.forge.requests, bot.requests, existsSync(running.job)]).toEqual([[], [], false]);
  });

  it('asks for a key once, and gives it to the work alone', async () => {
    const bot = await startBot(() => ({ text: 'Done.' }));
    bot.forge.openIssue('octo', { title: 'The sum subtracts' });
    const asked = join(bot.home, 'asked');
    const folder = join(bot.home, '.config/drydock');
    mkdirSync(folder, { recursive: true });
    const command = `echo asked >>${asked}; echo the-key-of-a-command`;
    writeFileSync(join(folder, 'config.yaml'), `keys:\n  anthropic:\n    command: ${command}\n`);
    const { code, stderr } = await startBotRun(bot, ['--issue', '1'], { env: { ANTHROPIC_API_KEY: '' } }).ended;
    expect(code, stderr).toBe(0);
    expect(bot.model.journal.map(({ headers }) => headers.authorization)).toEqual(['Bearer the-key-of-a-command']);
    expect(readFileSync(asked, 'utf8')).toBe('asked\n');
  });

  it('with a folder that cannot be made is refused in one line, and so is each phase', async () => {
    const bot = await startBot(() => ({ text: 'Done.' }));
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    bot.use(file, join(file, 'result'));
    for (const running of [
      startBotRun(bot, ['--issue', '1', `--out=${file}`]),
      startBotRun(bot, ['--issue', '1', `--out=${file}/x`]),
      ...(['collect', 'work', 'publish'] as const).map((phase) => bot.start(phase)),
    ]) {
      const { code, stderr } = await running.ended;
      expect(code, stderr).toBe(2);
      expect(stderr).toMatch(/^drydock: [^\n]+ — [^\n]+\n$/);
    }
    const gone = join(temporaryFolder(), 'gone');
    bot.use(gone, join(gone, 'result'));
    expect(await bot.work()).toMatchObject({ code: 2, stderr: expect.stringContaining('job.json is missing') });
    expect(existsSync(gone)).toBe(false);
  });

  it('for a number that is not what it is taken for is refused, and nobody else is told', async () => {
    const bot = await startBot(() => ({ text: 'Done.' }));
    const { forge } = bot;
    forge.openIssue('octo', { title: 'The sum subtracts' });
    await forge.refs.git('update-ref', 'refs/heads/topic', 'main');
    const pull = await forge.openPull('octo', 'topic', { title: 'Mine' });
    for (const [args, said] of [
      [['--issue', '99'], 'there is no issue #99'],
      [['--issue', String(pull.number)], `#${pull.number} is a pull request, not an issue`],
      [['--pull', '1'], 'there is no pull request #1'],
    ] as const) {
      const { code, stderr } = await startBotRun(bot, [...args]).ended;
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(said) });
    }
    expect([forge.comments(), bot.requests]).toEqual([[], []]);
  });
});
