/** The main job, through the real command line: a task and a repository go in, a branch comes out. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import {
  BROKEN_SUM,
  eventsOf,
  type FinishedRun,
  HOST,
  leftOnEngine,
  makeRepository,
  mendingCall,
  run,
  shellTurn,
  temporaryFolder,
} from './harness.ts';
import type { Script } from './model-server.ts';

// Three at once on two shared cores.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000, hookTimeout: 120_000 });

/** Looks around with parallel calls, mends, tests, says so. */
const MEND: Script = (turn, request) => {
  if (turn === 0) {
    const read = (path: string) => ({ name: 'read_file', arguments: { path } });
    return { text: 'Looking.', toolCalls: [read('sum.js'), read('test.js'), ...(shellTurn('ls').toolCalls ?? [])] };
  }
  if (turn === 1) return { reasoning: 'A minus.', toolCalls: [mendingCall(request)] };
  if (turn === 2) return shellTurn('node test.js');
  return { text: 'Mended sum.js; `node test.js` is green.' };
};

const branches = (repository: FinishedRun['repository']) => repository.git('branch', '--format=%(refname:short)');

describe('the same task through each adapter, streamed over HTTP', () => {
  const models = [
    ['messages', 'anthropic:claude-sonnet-5'],
    ['responses', 'openai:gpt-6-sol'],
    ['chat', 'openai-chat:local'],
  ] as const;
  let runs: FinishedRun[];
  beforeAll(async () => {
    const one = (model: string) => run(MEND, { args: ['--model', model, '--context-window', '128000'] });
    runs = await Promise.all(models.map(([, model]) => one(model)));
  });

  it('ends with 0 and asks through the protocol that the model is named for', () => {
    for (const { code, stderr } of runs) expect(code, stderr).toBe(0);
    for (const [index, [protocol]] of models.entries()) {
      expect(runs[index]?.requests.map((request) => request.protocol)).toEqual(Array(4).fill(protocol));
    }
  });

  it('yields the same patch, byte for byte', () => {
    const [first, second, third] = runs.map(({ stdout }) => stdout);
    expect(first).toContain('+module.exports = (a, b) => a + b;');
    expect(second).toBe(first);
    expect(third).toBe(first);
  });

  it('leaves a branch whose tests pass when it is checked out elsewhere', () => {
    for (const { repository, session } of runs) {
      const elsewhere = join(temporaryFolder(), 'clone');
      repository.git('clone', '-q', '-b', `drydock/${session.id}`, repository.dir, elsewhere);
      expect(execFileSync(process.execPath, ['test.js'], { cwd: elsewhere }).toString()).toBe('green\n');
    }
  });

  it('makes one commit on the base, by the repository’s own person, named for the task', () => {
    for (const { repository, session } of runs) {
      const log = repository.git('log', '--format=%an <%ae>%n%s', `main..drydock/${session.id}`);
      expect(log).toBe('Ada <ada@example.org>\nMake the test pass');
    }
  });

  it('answers every parallel call of a turn, in the order of the calls', () => {
    for (const { requests } of runs) {
      const texts = requests[1]?.toolResults.map(({ text }) => text) ?? [];
      expect(texts).toHaveLength(3);
      expect(texts[0]).toContain('a - b');
      expect(texts[1]).toContain("console.log('green')");
      expect(texts[2]).toContain('sum.js\ntest.js');
    }
  });

  it('writes a whole and ordered log', () => {
    const call = ['tool.started', 'tool.finished'];
    const turn = ['model.requested', 'model.responded'];
    for (const { session } of runs) {
      // A checkpoint of a turn is logged when it is taken, beside whatever goes on then.
      const types = session.events
        .filter((event) => event.type !== 'checkpoint' || event.trigger !== 'turn')
        .map(({ type }) => type);
      expect(types.slice(0, 2)).toEqual(['session.created', 'prompt']);
      // Two reads run beside each other, so which of them ends first is open.
      expect(types.slice(2, 10)).toEqual([...turn, 'tool.started', 'tool.started', ...Array(2).fill(call[1]), ...call]);
      expect(types.slice(10)).toEqual([
        ...turn,
        ...call,
        ...turn,
        ...call,
        ...turn,
        'checkpoint',
        'exported',
        'run.finished',
      ]);
      expect(session.events.map(({ seq }) => seq)).toEqual(session.events.map((_, index) => index + 1));
      const started = new Set<string>();
      for (const event of session.events) {
        if (event.type === 'tool.started') started.add(event.callId);
        if (event.type === 'tool.finished') expect(started).toContain(event.callId);
      }
      expect(eventsOf(session.events, 'run.finished')[0]).toMatchObject({
        outcome: 'completed',
        exitCode: 0,
        turns: 4,
      });
    }
  });

  it('leaves nothing on the engine', async () => {
    for (const { session } of runs) expect(await leftOnEngine(session.id)).toEqual([]);
  });
});

describe.concurrent('instructions of the repository', () => {
  it('come from the base commit, root first, each once, up to 32 KiB in all', async () => {
    const long = `SUB-BEGIN\n${'x'.repeat(40 * 1024)}\nSUB-END`;
    const repository = makeRepository({ ...BROKEN_SUM, 'AGENTS.md': 'ROOT-RULE\n', 'packages/app/AGENTS.md': long });
    repository.write('AGENTS.md', 'DIRTY-RULE\n');
    repository.write('packages/AGENTS.md', 'UNTRACKED-RULE\n');
    const { requests, code, stderr } = await run([], { repository, cwd: join(repository.dir, 'packages/app') });
    expect(code, stderr).toBe(0);
    const system = requests[0]?.system ?? '';
    const times = (word: string) => JSON.stringify(requests[0]?.raw).split(word).length - 1;
    expect([times('ROOT-RULE'), times('SUB-BEGIN')]).toEqual([1, 1]);
    expect([times('SUB-END'), times('DIRTY-RULE'), times('UNTRACKED-RULE')]).toEqual([0, 0, 0]);
    expect(system.indexOf('ROOT-RULE')).toBeLessThan(system.indexOf('SUB-BEGIN'));
    expect(system.split('x'.repeat(1024)).length - 1).toBe(31);
  });
});

describe.concurrent('what is handed over', () => {
  it('is also put into the working tree with --apply', async () => {
    const { code, repository, session, stderr } = await run(MEND, { args: ['--apply'] });
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(repository.dir, 'sum.js'), 'utf8')).toContain('a + b');
    expect(branches(repository)).toBe(`drydock/${session.id}\nmain`);
    expect(repository.git('status', '--porcelain')).toBe(' M sum.js');
    expect(eventsOf(session.events, 'exported')).toMatchObject([{ applied: true }]);
  });

  it('is a branch and no change when --apply does not fit the working tree', async () => {
    const repository = makeRepository();
    repository.write('sum.js', '// mine\n');
    const { code, stderr, session } = await run(MEND, { args: ['--apply'], repository });
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(`it is on the branch drydock/${session.id}`);
    expect(readFileSync(join(repository.dir, 'sum.js'), 'utf8')).toBe('// mine\n');
    expect(eventsOf(session.events, 'exported')).toMatchObject([{ applied: false }]);
  });

  it('is a patch that git applies, and no branch, with --output patch', async () => {
    const { code, stdout, repository, stderr } = await run(MEND, { args: ['--output', 'patch'] });
    expect(code, stderr).toBe(0);
    expect(branches(repository)).toBe('main');
    const file = join(temporaryFolder(), 'a.patch');
    writeFileSync(file, stdout);
    repository.git('apply', file);
    expect(readFileSync(join(repository.dir, 'sum.js'), 'utf8')).toContain('a + b');
  });

  it('starts from uncommitted files, without ignored ones, with --include-dirty', async () => {
    const repository = makeRepository({ ...BROKEN_SUM, '.gitignore': 'secret.txt\n' });
    repository.write('test.js', 'console.log("dirty");\n');
    repository.write('new file.txt', 'untracked\n');
    repository.write('secret.txt', 'ignored\n');
    const status = repository.git('status', '--porcelain');
    const finished = await run([shellTurn('cat test.js; ls; echo more >>"new file.txt"')], {
      repository,
      args: ['--include-dirty'],
    });
    expect(finished.code, finished.stderr).toBe(0);
    const seen = finished.requests[1]?.toolResults[0]?.text ?? '';
    expect(seen).toContain('console.log("dirty");');
    expect(seen).toContain('new file.txt');
    expect(seen).not.toContain('secret.txt');
    expect(finished.stdout).toContain('+more');
    expect(finished.stdout).not.toContain('dirty');
    expect(repository.git('status', '--porcelain')).toBe(status);
    const branch = `drydock/${finished.session.id}`;
    expect(repository.git('show', `${branch}:new file.txt`)).toBe('untracked\nmore');
    expect(repository.git('merge-base', 'main', branch)).toBe(repository.git('rev-parse', 'main'));
  });

  it('leaves uncommitted files out without it, and says so', async () => {
    const repository = makeRepository();
    repository.write('new.txt', 'untracked\n');
    const { requests, stderr } = await run([shellTurn('ls')], { repository });
    expect(requests[1]?.toolResults[0]?.text).not.toContain('new.txt');
    expect(stderr).toContain('1 uncommitted or untracked files are not part of this run');
  });

  it('is no branch where nothing changed', async () => {
    const { code, repository, session, stdout, stderr } = await run([shellTurn('cat sum.js')]);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('');
    expect(branches(repository)).toBe('main');
    expect(eventsOf(session.events, 'exported')[0]).toMatchObject({ branch: null, commit: null, files: [] });
  });
});

describe.concurrent('where a run may start', () => {
  it('in a subfolder of a monorepo: commands start there, the patch is the whole repository’s', async () => {
    const repository = makeRepository({ 'packages/app/a.txt': 'a\n', 'packages/lib/b.txt': 'b\n' });
    const { code, requests, stdout, stderr } = await run([shellTurn('pwd; echo c >>a.txt; echo d >>../lib/b.txt')], {
      repository,
      cwd: join(repository.dir, 'packages/app'),
    });
    expect(code, stderr).toBe(0);
    expect(requests[1]?.toolResults[0]?.text).toContain('/workspace/packages/app\n');
    expect(stdout).toContain('+++ b/packages/app/a.txt');
    expect(stdout).toContain('+++ b/packages/lib/b.txt');
  });

  it('in a git worktree: from its commit, with the branch in the shared repository', async () => {
    const repository = makeRepository();
    const worktree = join(temporaryFolder(), 'tree');
    repository.git('worktree', 'add', '-q', '-b', 'side', worktree);
    writeFileSync(join(worktree, 'side.txt'), 'side\n');
    repository.git('-C', worktree, 'add', '-A');
    repository.git('-C', worktree, 'commit', '-q', '-m', 'side');
    const { code, session, stderr } = await run(MEND, { repository, cwd: worktree });
    expect(code, stderr).toBe(0);
    const branch = `drydock/${session.id}`;
    expect(repository.git('rev-parse', `${branch}~1`)).toBe(repository.git('rev-parse', 'side'));
    expect(repository.git('show', `${branch}:sum.js`)).toContain('a + b');
  });

  it('on a detached HEAD', async () => {
    const repository = makeRepository();
    repository.git('checkout', '-q', '--detach');
    const { code, session, stderr } = await run(MEND, { repository });
    expect(code, stderr).toBe(0);
    expect(repository.git('show', `drydock/${session.id}:sum.js`)).toContain('a + b');
    expect(repository.git('rev-parse', '--abbrev-ref', 'HEAD')).toBe('HEAD');
  });

  it('in a repository that has a branch named drydock: the result gets another name, which is told', async () => {
    const repository = makeRepository();
    repository.git('branch', 'drydock');
    const { code, session, stderr } = await run(MEND, { repository });
    expect(code, stderr).toBe(0);
    expect(repository.git('show', `drydock-${session.id}:sum.js`)).toContain('a + b');
    expect(stderr).toContain(`the result is on drydock-${session.id}`);
  });

  it('in a SHA-256 repository', async () => {
    const repository = makeRepository(BROKEN_SUM, { initArgs: ['--object-format=sha256'] });
    const { code, session, stderr } = await run(MEND, { repository });
    expect(code, stderr).toBe(0);
    expect(repository.git('show', `drydock/${session.id}:sum.js`)).toContain('a + b');
  });
});

describe.concurrent('--sandbox host', () => {
  it('works in place in a repository: the files change, no branch is made, the patch is printed', async () => {
    const { code, repository, stdout, stderr } = await run(MEND, { args: HOST });
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(repository.dir, 'sum.js'), 'utf8')).toContain('a + b');
    expect(stdout).toContain('+module.exports = (a, b) => a + b;');
    expect(branches(repository)).toBe('main');
    expect(repository.git('status', '--porcelain')).toBe(' M sum.js');
  });

  it('works in a folder without git, and needs no engine', async () => {
    const folder = join(temporaryFolder(), 'plain');
    mkdirSync(folder);
    writeFileSync(join(folder, 'sum.js'), BROKEN_SUM['sum.js']);
    const { code, stderr } = await run(
      (turn, request) => (turn === 0 ? { toolCalls: [mendingCall(request)] } : { text: 'ok' }),
      {
        cwd: folder,
        args: HOST,
        env: { DOCKER_HOST: 'unix:///nonexistent' },
      },
    );
    expect(code, stderr).toBe(0);
    expect(readFileSync(join(folder, 'sum.js'), 'utf8')).toContain('a + b');
    expect(existsSync(join(folder, '.git'))).toBe(false);
  });
});
