/** An issue goes in, a draft pull request comes out: the whole way, and what happens to it afterwards. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { BOT_LOGIN, runBot, startBot, type TestBot } from './bot.ts';
import { MODEL, makeRepository, mendingCall, newestSession, runDrydock, serve, temporaryFolder } from './harness.ts';
import type { Script, ScriptedTurn } from './model-server.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const BRANCH = 'drydock/issue-1';

/** One call, then the end: what is done depends on what is asked for. */
const WORKER: Script = (_turn, request) => {
  if (request.toolResults.length > 0) return { text: 'Mend the sum\n\nIt added where it should subtract, or so.' };
  const asked = request.lastUserText;
  const write = (path: string, text: string): ScriptedTurn => ({
    toolCalls: [{ name: 'write_file', arguments: { path, content: text } }],
  });
  if (asked.includes('ReferenceError: total')) return write('total.js', 'module.exports = 0;\n');
  if (asked.includes('name the parameters'))
    return write('sum.js', 'module.exports = (left, right) => left + right;\n');
  if (asked.includes('say it in the README')) return write('README.md', '# Sums\n');
  return { toolCalls: [mendingCall(request)] };
};

describe('an issue', () => {
  let bot: TestBot;
  let main: string | undefined;
  const head = async () => (await bot.forge.branches())[BRANCH];
  beforeAll(async () => {
    bot = await startBot(WORKER, { config: 'ci-rounds: 1\n' });
    main = (await bot.forge.branches()).main;
  });

  it('that gets the label becomes a draft pull request whose branch holds the fix', async () => {
    const { forge } = bot;
    forge.openIssue('stranger', { title: 'The sum subtracts', body: '2 and 2 make 0.' });
    forge.label(1, 'drydock');
    const { collected, worked, published } = await bot.handle(await forge.events.labeled(1, 'drydock', 'octo'));
    expect(collected.code, collected.stderr).toBe(0);
    expect(worked?.code, worked?.stderr).toBe(0);
    expect(published?.code, published?.stderr).toBe(0);
    expect(await bot.fileOn(BRANCH, 'sum.js')).toContain('a + b');
    expect(Object.keys(await forge.branches()).sort()).toEqual([BRANCH, 'main']);
    expect((await forge.branches()).main).toBe(main);
    const [pull, ...more] = forge.pulls();
    expect(more).toEqual([]);
    expect(pull).toMatchObject({ open: true, title: 'The sum subtracts', author: BOT_LOGIN });
    expect(pull?.pull).toMatchObject({ draft: true, head: BRANCH, base: 'main', merged: false });
    expect(pull?.body).toContain('Closes #1');
    expect(pull?.body).toContain('It added where it should subtract');
  });

  it('is told of it in one comment, with the pull request and what it cost', () => {
    const [progress, ...more] = bot.progress();
    expect(more).toEqual([]);
    expect(progress).toContain(`#${bot.forge.pulls()[0]?.number}`);
    expect(progress).toMatch(/\$\d/);
  });

  it('leaves one commit on the base, which says which job and session it is of', async () => {
    const log = await bot.forge.refs.git('log', '--format=%an%n%B', `${main}..${await head()}`);
    expect(log).toMatch(/^Drydock-Job: [0-9a-f]{16}$/m);
    expect(log).toContain(`Drydock-Session: ${newestSession(bot.home).id}`);
    expect((await bot.forge.refs.git('rev-list', '--count', `${main}..${await head()}`)).trim()).toBe('1');
  });

  it('keeps the trajectory beside the result', () => {
    const trajectory = JSON.parse(readFileSync(join(bot.result(), 'trajectory.json'), 'utf8'));
    expect(trajectory.session_id).toBe(newestSession(bot.home).id);
  });

  it('whose pull request is commented on has its branch updated', async () => {
    const { forge } = bot;
    const before = await head();
    const pull = forge.pulls()[0]?.number ?? 0;
    const { id } = forge.comment('octo', pull, '@drydock say it in the README too, please');
    const { worked, published } = await bot.handle(await forge.events.commented(id));
    expect(worked?.code, worked?.stderr).toBe(0);
    expect(published?.code, published?.stderr).toBe(0);
    expect(await bot.fileOn(BRANCH, 'README.md')).toBe('# Sums\n');
    expect(await bot.fileOn(BRANCH, 'sum.js')).toContain('a + b');
    expect(await forge.refs.isAncestor(before ?? '', (await head()) ?? '')).toBe(true);
    expect(forge.pulls()).toHaveLength(1);
    expect(bot.progress()).toHaveLength(1);
  });

  it('whose pull request is reviewed has the comment answered where it was made', async () => {
    const { forge } = bot;
    const pull = forge.pulls()[0]?.number ?? 0;
    const comment = await forge.reviewComment('octo', pull, { body: '@drydock name the parameters', path: 'sum.js' });
    const { published } = await bot.handle(await forge.events.reviewCommented(comment.id));
    expect(published?.code, published?.stderr).toBe(0);
    expect(await bot.fileOn(BRANCH, 'sum.js')).toContain('left + right');
    const answers = forge.state.reviewComments.filter(({ inReplyTo }) => inReplyTo === comment.id);
    expect(answers).toMatchObject([{ author: BOT_LOGIN }]);
    expect(bot.progress()).toHaveLength(1);
  });

  it('whose checks fail is mended from what they say', async () => {
    const { forge } = bot;
    const sha = (await head()) ?? '';
    forge.setCheck(sha, 'test', 'failure', 'node test.js\nReferenceError: total is not defined\n');
    const { worked, published } = await bot.handle(await forge.events.workflowRun(sha));
    expect(worked?.code, worked?.stderr).toBe(0);
    expect(published?.code, published?.stderr).toBe(0);
    expect(await bot.fileOn(BRANCH, 'total.js')).toBe('module.exports = 0;\n');
  });

  it('whose checks fail again is left alone after so many rounds, and that is told', async () => {
    const { forge } = bot;
    const sha = (await head()) ?? '';
    forge.setCheck(sha, 'test', 'failure', 'ReferenceError: total is not defined\n');
    const asked = bot.requests.length;
    await bot.handle(await forge.events.workflowRun(sha));
    expect(bot.decision().decision).toBe('refuse');
    expect(bot.requests).toHaveLength(asked);
    expect(await head()).toBe(sha);
    expect(bot.progress()).toHaveLength(1);
    expect(bot.progress()[0]).toMatch(/round/i);
  });

  it('whose pull request is closed is left alone', async () => {
    const { forge } = bot;
    const before = { head: await head(), comments: forge.comments().length, asked: bot.requests.length };
    const pull = forge.pulls()[0]?.number ?? 0;
    forge.close(pull);
    const { id } = forge.comment('octo', pull, '@drydock once more');
    for (const event of [await forge.events.labeled(1, 'drydock', 'octo'), await forge.events.commented(id)]) {
      const { collected } = await bot.handle(event);
      expect(collected.code).toBe(0);
      expect(bot.decision()).toMatchObject({ decision: 'skip', reason: expect.stringContaining('closed') });
    }
    expect({ head: await head(), comments: forge.comments().length - 1, asked: bot.requests.length }).toEqual(before);
  });
});

describe('each phase', () => {
  it('is refused with the credentials of another, and says whose they are', async () => {
    const bot = await startBot(WORKER);
    bot.forge.openIssue('octo', { title: 'The sum subtracts' });
    const collected = await bot.collect(['--issue', '1']);
    expect(collected.code, collected.stderr).toBe(0);
    const worker = await bot.start('work', [], { GITHUB_TOKEN: bot.forge.tokens.write }).ended;
    expect(worker).toMatchObject({ code: 2, stderr: expect.stringContaining('GITHUB_TOKEN') });
    const publisher = await bot.start('publish', [], { ANTHROPIC_API_KEY: 'a-key-of-a-model' }).ended;
    expect(publisher).toMatchObject({ code: 2, stderr: expect.stringContaining('ANTHROPIC_API_KEY') });
    expect(`${worker.stderr}${publisher.stderr}`).not.toContain('a-key-of-a-model');
    expect(bot.requests).toEqual([]);
    expect(Object.keys(await bot.forge.branches())).toEqual(['main']);
  });
});

describe('bot run', () => {
  it('does all three, each in a process with its own credentials', async () => {
    const bot = await startBot(WORKER);
    bot.forge.openIssue('octo', { title: 'The sum subtracts' });
    const { code, stderr } = await runBot(bot, ['--issue', '1']);
    expect(code, stderr).toBe(0);
    expect(await bot.fileOn(BRANCH, 'sum.js')).toContain('a + b');
    expect(bot.forge.pulls()).toMatchObject([{ title: 'The sum subtracts' }]);
    expect(bot.forge.requests.filter(({ login }) => login === null)).toEqual([]);
  });

  it('changes nothing with --dry-run, and prints what would be published', async () => {
    const bot = await startBot(WORKER);
    bot.forge.openIssue('octo', { title: 'The sum subtracts' });
    const { code, stdout, stderr } = await runBot(bot, ['--issue', '1', '--dry-run']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('sum.js');
    expect(stdout).toContain('The sum subtracts');
    expect(stdout).toContain('**Done: the draft**');
    expect(stdout).not.toContain('merge it yourself');
    expect(Object.keys(await bot.forge.branches())).toEqual(['main']);
    expect([bot.forge.pulls(), bot.forge.comments()]).toEqual([[], []]);
    expect(bot.forge.requests.filter(({ method, git }) => method !== 'GET' && !git)).toEqual([]);
  });
});

describe('a plain git remote', () => {
  it('gets a branch with the work, and nothing else', async () => {
    const model = await serve((turn, request) => WORKER(turn, request));
    const source = makeRepository();
    const remote = join(temporaryFolder(), 'remote.git');
    source.git('clone', '-q', '--bare', source.dir, remote);
    const branches = () => source.git('--git-dir', remote, 'for-each-ref', '--format=%(refname:short)').split('\n');
    const call = async (task: string) => {
      const args = ['bot', 'run', '--remote', remote, '--task', task, '--out', join(temporaryFolder(), 'job')];
      const { code, stderr } = await runDrydock([...args, '--model', MODEL], {
        env: { ...model.env, GITHUB_TOKEN: '' },
      });
      expect(code, stderr).toBe(0);
    };
    await call('Mend the sum');
    const [branch = '', ...more] = branches().filter((name) => name !== 'main');
    expect(branch).toMatch(/^drydock\//);
    expect(more).toEqual([]);
    expect(source.git('--git-dir', remote, 'show', `${branch}:sum.js`)).toContain('a + b');
    expect(source.git('--git-dir', remote, 'show', 'main:sum.js')).toContain('a - b');
  });
});
