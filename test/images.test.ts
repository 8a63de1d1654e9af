/** Images and set-up commands of the repository, through the real command line. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureImage } from '../sandbox/index.ts';
import {
  BROKEN_SUM,
  engine,
  eventsOf,
  leftOnEngine,
  makeRepository,
  newestSession,
  ROOT,
  run,
  runDrydock,
  sessionFolders,
  shellTurn,
  startRun,
  until,
} from './harness.ts';

vi.setConfig({ maxConcurrency: 2, testTimeout: 120_000, hookTimeout: 120_000 });

/** Marks what this file makes, so that it is found at the end. */
const MARK = `mark-${randomUUID()}`;
let own = '';
beforeAll(async () => {
  const options = { image: null, dockerfile: `${ROOT}/Dockerfile`, onProgress: () => undefined };
  own = (await ensureImage(await engine(), options)).name;
});
afterAll(async () => {
  const docker = await engine();
  const images = await docker.listImages({ filters: { label: ['test.mark'] } });
  const mine = images.filter(({ Labels }) => Labels?.['test.mark']?.startsWith(MARK));
  // Newest first: a snapshot lies on a build.
  for (const { Id } of mine.sort((one, other) => other.Created - one.Created)) {
    await docker.getImage(Id).remove({ force: true });
  }
});

const dockerfile = (...lines: string[]) => `FROM ${own}\nLABEL test.mark=${MARK}\n${lines.join('\n')}\n`;
const containersOf = async (mark: string) => {
  const found = await (await engine()).listContainers({ all: true, filters: { label: [`test.mark=${mark}`] } });
  return found.length;
};

describe.concurrent('a run in an image of the repository', () => {
  it('builds it of the committed Dockerfile, sets it up, and a resumed run gets the same without making it again', async () => {
    const repository = makeRepository({
      ...BROKEN_SUM,
      Dockerfile: dockerfile('COPY sum.js /baked.js', 'USER root'),
    });
    repository.write('sum.js', '// not committed\n');
    const look = shellTurn('cat /baked.js /etc/set-up; id -u; touch /etc/x');
    const args = [
      '--dockerfile',
      'Dockerfile',
      '--setup',
      'echo "set up as $(id -u)" >/etc/set-up',
      '--setup-network',
      'none',
    ];
    const first = await run([look], { repository, args });
    expect(first.code, first.stderr).toBe(0);
    expect(first.stderr).toMatch(/building the image drydock-dockerfile:[0-9a-f]{32} of Dockerfile, once/);
    expect(first.stderr).toContain('set-up: echo');
    const seen = first.requests[1]?.toolResults[0]?.text ?? '';
    expect(seen).toContain('module.exports = (a, b) => a - b;\nset up as 0\n1000\n');
    expect(seen).toContain('Permission denied');
    expect(eventsOf(first.session.events, 'session.created')[0]?.sandbox).toMatchObject({
      image: null,
      recipe: {
        build: { kind: 'dockerfile', dockerfile: 'Dockerfile', context: '' },
        setup: { commands: [args[3]], network: 'none' },
      },
    });

    // The session's commit counts, not what is committed since.
    repository.write('Dockerfile', 'FROM scratch\n');
    repository.git('commit', '-qam', 'next');
    const { home, server, requests } = first;
    const resumed = await runDrydock(['resume', 'last', 'Look again'], { home, cwd: repository.dir, env: server.env });
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).not.toMatch(/building|set-up:/);
    expect(requests.length).toBeGreaterThan(2);
    expect(await leftOnEngine(first.session.id)).toEqual([]);
  });

  it('takes image, variables, user and create commands from devcontainer.json', async () => {
    const repository = makeRepository({
      ...BROKEN_SUM,
      '.devcontainer/Dockerfile': dockerfile('USER root', 'RUN useradd -m dev && chown dev /workspace'),
      '.devcontainer/devcontainer.json': `{
        // as an editor writes it
        "build": { "dockerfile": "Dockerfile" },
        "remoteUser": "dev",
        "containerEnv": { "FLAVOUR": "dev" },
        "postCreateCommand": ["sh", "-c", "echo created >/etc/created"],
        "forwardPorts": [3000],
      }`,
    });
    const result = await run([shellTurn('cat /etc/created; echo $FLAVOUR; whoami')], {
      repository,
      args: ['--devcontainer'],
    });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain('note: .devcontainer/devcontainer.json: ignored: forwardPorts');
    expect(result.requests[1]?.toolResults[0]?.text).toContain('created\ndev\ndev\n');
  });

  it('takes Drydock’s own where the lockfile is one of Node', async () => {
    const repository = makeRepository({ ...BROKEN_SUM, 'package-lock.json': '{}\n' });
    const result = await run([], { repository, args: ['--image', 'auto'] });
    expect(result.code, result.stderr).toBe(0);
    expect(result.stderr).toContain("note: the image is Drydock's own: the base commit has package-lock.json");
    expect(eventsOf(result.session.events, 'session.created')[0]?.sandbox).not.toHaveProperty('recipe');
  });

  it('ends with 4 where a set-up command fails, and says which, how, and its last words', async () => {
    const result = await run([shellTurn('true')], { args: ['--setup', `: ${MARK}; echo no luck; exit 3`] });
    expect(result.code).toBe(4);
    const [complaint, ...more] = result.stderr.split('\n').filter((line) => line.startsWith('drydock: '));
    expect(complaint).toMatch(/the set-up command ": mark-.*" failed with exit code 3; its last lines: no luck — /);
    expect(more).toEqual([]);
    expect(result.session.events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'sandbox', exitCode: 4 });
  });

  it.each(['build', 'set-up'])('ends at once on Ctrl-C during the %s, and leaves no container', async (phase) => {
    const mark = `${MARK}-${phase}`;
    const wait = "printf 'it-has-%s' begun; echo; sleep 3600";
    const repository = makeRepository({
      Dockerfile: `FROM ${own}\nLABEL test.mark=${mark}\n${phase === 'build' ? `RUN ${wait}\n` : ''}`,
    });
    const args = ['--dockerfile', 'Dockerfile', ...(phase === 'build' ? [] : ['--setup', wait])];
    const { child, ended, said, home } = await startRun([shellTurn('true')], { repository, args });
    await said(phase === 'build' ? `Step 3/` : 'it-has-begun');
    await until('its container', async () => (await containersOf(mark)) === 1);
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    await until('its container to go', async () => (await containersOf(mark)) === 0);
    expect(newestSession(home).events.at(-1)).toMatchObject({ type: 'run.finished', exitCode: 130 });
  });
});

describe.concurrent('what cannot be is refused in one line before anything is begun', () => {
  const image = '{"image": "x", "initializeCommand": "touch /tmp/ran"}';
  it.each([
    [['--image', 'x', '--dockerfile', 'Dockerfile'], '--image and --dockerfile exclude each other — '],
    [['--setup-network', 'none'], '--setup-network says nothing without --setup — '],
    [
      ['--sandbox', 'host', '--setup', 'x', '--devcontainer'],
      '--devcontainer, --setup has no meaning with --sandbox host — ',
    ],
    [['--dockerfile', 'Missing'], 'the base commit has no file Missing, which --dockerfile names — commit it first'],
    [['--devcontainer'], '.devcontainer.json: initializeCommand is refused: it runs on your machine — '],
  ])('%j', async (args, words) => {
    const { dir } = makeRepository({ '.devcontainer.json': image });
    const result = await runDrydock(['run', 'x', '--model', 'anthropic:claude-sonnet-5', ...args], {
      cwd: dir,
      env: { ANTHROPIC_API_KEY: 'never-used' },
    });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(`drydock: ${words}`);
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
    expect(() => sessionFolders(result.home)).toThrow('ENOENT');
  });
});
