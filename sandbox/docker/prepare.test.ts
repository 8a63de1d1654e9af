/** Builds and set-ups on the real engine, from real commits. Every image that is made here goes at the end. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScratch } from '../recipe/base-tree.ts';
import type { Build, Recipe } from '../recipe/recipe.ts';
import { makeRepository, plainGit, type UserRepository, writeFiles } from '../workspace/fixtures.ts';
import { inspectRepository } from '../workspace/repository.ts';
import { createDockerSandbox } from './create.ts';
import { isPodman, locateEngine, openEngine } from './engine.ts';
import { ensureImage, inspectImage } from './image.ts';
import { chooseSetup, prepareImage } from './prepare.ts';

const BARE_IMAGE = 'drydock-test-busybox';
const scratch = mkdtempSync(join(tmpdir(), 'drydock-prepare-'));
/** In every Dockerfile, which it also makes one that was never built. */
const MARK = randomUUID();
const made = new Set<string>();
let docker: Docker;
beforeAll(async () => {
  docker = await openEngine(await locateEngine(process.env));
});
afterAll(async () => {
  for (const name of made) await docker.getImage(name).remove({ force: true });
  // What failed builds have left.
  const left = await docker.listImages({ filters: { label: [`test.mark=${MARK}`] } });
  for (const { Id } of left) await docker.getImage(Id).remove({ force: true });
  rmSync(scratch, { recursive: true, force: true });
});

const NOTHING: Recipe = { build: null, env: {}, user: null, setup: null };
const BUILD: Build = { kind: 'dockerfile', dockerfile: 'Dockerfile', context: '', args: {}, target: null };

/** Prepares an image for the commit that HEAD names. */
async function prepare(
  user: UserRepository,
  recipe: Partial<Recipe>,
  { image = BARE_IMAGE, signal = new AbortController().signal }: { image?: string; signal?: AbortSignal } = {},
) {
  const repository = await inspectRepository(user.root, user.env);
  const said: string[] = [];
  const source = { recipe: { ...NOTHING, ...recipe }, repository, base: repository.head, scratch };
  const options = { image, dockerfile: 'none', source, onProgress: (line: string) => said.push(line) };
  const prepared = prepareImage(docker, options, signal).then((found) => {
    if (found.name !== BARE_IMAGE) made.add(found.name);
    return { ...found, said };
  });
  return { prepared, said, source };
}

async function prepareNow(...given: Parameters<typeof prepare>) {
  return (await prepare(...given)).prepared;
}

/** What a command says in a sandbox of the image, as the agent's user without capabilities. */
async function ask(image: string, command: string, source?: Awaited<ReturnType<typeof prepare>>['source']) {
  const sandbox = createDockerSandbox(Promise.resolve(docker), {
    sessionId: 'prepare',
    image,
    dockerfile: 'none',
    ...(source ? { source } : {}),
    network: 'none',
    env: {},
    onProgress: () => undefined,
  });
  try {
    const { output, exitCode } = await sandbox.exec({ command });
    return { text: Buffer.concat([output.head, output.tail]).toString(), exitCode };
  } finally {
    await sandbox.dispose();
  }
}

function commit(user: UserRepository, files: Record<string, string>): void {
  writeFiles(user.root, files);
  plainGit(user.root, user.env, 'add', '-A');
  plainGit(user.root, user.env, 'commit', '-q', '--allow-empty', '-m', 'next');
}

/** The whole image as `docker save` gives it: every layer, and its configuration. */
async function saved(name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of await docker.getImage(name).get()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The key of a set-up's snapshot. */
async function keyOf(user: UserRepository, recipe: Partial<Recipe>, imageId?: string): Promise<string> {
  const repository = await inspectRepository(user.root, user.env);
  const bare = await openScratch(mkdtempSync(join(scratch, 'key-')), repository);
  const id = imageId ?? (await inspectImage(docker, BARE_IMAGE))?.id ?? '';
  const source = { recipe: { ...NOTHING, ...recipe }, repository, base: repository.head };
  return (await chooseSetup(source, bare, id)).key;
}

const containersOf = (key: string) => docker.listContainers({ all: true, filters: { label: [`drydock.key=${key}`] } });

describe('a Dockerfile of the repository', () => {
  const dockerfile = (...lines: string[]) =>
    `FROM ${BARE_IMAGE}\nUSER root\nLABEL test.mark=${MARK}\n${lines.join('\n')}\n`;

  it('is built from the base commit alone: what is not committed, or ignored, has no part in it', async () => {
    const user = makeRepository({
      Dockerfile: dockerfile('COPY . /ctx', 'USER agent'),
      '.dockerignore': 'ignored\n',
      'a.txt': 'committed\n',
      ignored: 'x\n',
      'sub/b.txt': 'b\n',
    });
    writeFiles(user.root, { 'a.txt': 'changed\n', 'untracked.txt': 'x\n', Dockerfile: 'FROM scratch\n' });
    writeFileSync(join(user.folder, 'outside.txt'), 'x\n');
    const { name, said } = await prepareNow(user, { build: BUILD });
    expect(said[0]).toBe(`building the image ${name} of Dockerfile, once`);
    expect(said).toContainEqual(expect.stringMatching(/^step 4\/\d+ ?: COPY/i));
    const { text } = await ask(name, 'cd /ctx && find . -type f | sort && cat a.txt && id -u');
    expect(text).toBe('./.dockerignore\n./Dockerfile\n./a.txt\n./sub/b.txt\ncommitted\n1000\n');
  });

  it('is built once, and anew where its files differ', async () => {
    const user = makeRepository({ Dockerfile: dockerfile('COPY a.txt /a.txt'), 'a.txt': '1\n' });
    const first = await prepareNow(user, { build: BUILD });
    expect((await prepareNow(user, { build: BUILD })).said).toEqual([]);
    const { Config } = await docker.getImage(first.name).inspect();
    expect(Config.Labels).toMatchObject({ 'drydock.image': 'dockerfile', 'drydock.key': first.name.split(':')[1] });
    commit(user, { 'a.txt': '2\n' });
    const second = await prepareNow(user, { build: BUILD });
    expect(second.name).not.toBe(first.name);
  });

  it('gets the arguments and the stage of the recipe, and may lie outside its context', async () => {
    const user = makeRepository({
      'docker/Dockerfile': `FROM ${BARE_IMAGE} AS dev\nLABEL test.mark=${MARK}\nARG SAID\nCOPY only /only\nRUN echo "$SAID" >/tmp/said\nFROM dev AS last\nRUN false\n`,
      'ctx/only': 'only\n',
    });
    const build = { dockerfile: 'docker/Dockerfile', context: 'ctx', args: { SAID: 'yes' }, target: 'dev' };
    const { name } = await prepareNow(user, { build: { ...BUILD, ...build, kind: 'devcontainer' } });
    expect(name).toMatch(/^drydock-devcontainer:[0-9a-f]{32}$/);
    expect((await ask(name, 'cat /only /tmp/said')).text).toBe('only\nyes\n');
  });

  it('that fails is told with its step, what the step said, and the engine’s words', async () => {
    const user = makeRepository({ Dockerfile: dockerfile('RUN echo fine', 'RUN echo the reason; exit 7') });
    await expect(prepareNow(user, { build: BUILD })).rejects.toMatchObject({
      kind: 'build_failed',
      message: expect.stringMatching(/failed at "step 5\/\d+ ?: RUN echo the reason; exit 7": .*\b7\b.*the reason$/i),
      hint: expect.stringContaining('mend Dockerfile and commit it'),
    });
  });

  it.each([
    [
      'that cannot be read is told so',
      'NONSENSE here',
      /failed at "(the start|step \d[^"]*)": .*NONSENSE/i,
      'mend Dockerfile',
    ],
    ['that needs BuildKit leads to the way round', 'RUN --mount=type=cache,target=/x true', /BuildKit/, 'with --image'],
  ])('%s', async (_, line, words, hint) => {
    // Podman does what BuildKit does.
    if (hint === 'with --image' && (await isPodman(docker))) return;
    const built = prepareNow(makeRepository({ Dockerfile: dockerfile(line) }), { build: BUILD });
    await expect(built).rejects.toMatchObject({
      kind: 'build_failed',
      message: expect.stringMatching(words),
      hint: expect.stringContaining(hint),
    });
  });

  it('whose base image cannot be fetched is told so', async () => {
    const user = makeRepository({ Dockerfile: 'FROM drydock-test-nowhere:1\n' });
    await expect(prepareNow(user, { build: BUILD })).rejects.toMatchObject({
      kind: 'build_failed',
      hint: expect.stringContaining('could not be fetched'),
    });
  });

  it('cannot look at this process’s environment, nor at files outside the context', async () => {
    process.env.DRYDOCK_TEST_CANARY = 'canary-of-the-host';
    const outside = join(scratch, 'outside.txt');
    writeFileSync(outside, 'canary-of-a-file');
    const hostile = dockerfile(
      'ARG DRYDOCK_TEST_CANARY',
      'RUN (env; cat /proc/*/environ) >/stolen 2>/dev/null; echo "[$DRYDOCK_TEST_CANARY]" >>/stolen',
      `COPY Dockerfile ${outside}* ../../../..${outside}* /stolen-files/`,
    );
    const user = makeRepository({ Dockerfile: hostile });
    const { name } = await prepareNow(user, { build: BUILD });
    delete process.env.DRYDOCK_TEST_CANARY;
    const image = await saved(name);
    expect(image.includes('HOSTNAME=')).toBe(true);
    expect(image.includes('canary-of')).toBe(false);
  });
});

describe('set-up commands', () => {
  const setup = (...commands: string[]) => ({ setup: { commands, network: 'none' as const } });

  it('run as root before the agent, who finds what they left and is locked as ever', async () => {
    const user = makeRepository({ 'package.json': '{}\n' });
    const { prepared, said, source } = await prepare(
      user,
      setup(
        `: ${randomUUID()}; printf '#!/bin/sh\\necho tool\\n' >/bin/tool && chmod 755 /bin/tool`,
        'echo "added by $(id -u) with $(ls /sys/class/net)" >>/etc/added; chown 1000 /etc/added',
      ),
    );
    const { name } = await prepared;
    expect(name).toMatch(/^drydock-setup:[0-9a-f]{32}$/);
    expect(said).toContainEqual(expect.stringContaining('set-up: echo "added'));
    const { text } = await ask(
      BARE_IMAGE,
      'tool; cat /etc/added; id -u; grep -E "CapEff|CapBnd|NoNewPrivs" /proc/self/status; ls -A /workspace',
      source,
    );
    const none = '0000000000000000';
    expect(text).toBe(`tool\nadded by 0 with lo\n1000\nCapEff:\t${none}\nCapBnd:\t${none}\nNoNewPrivs:\t1\n`);
  });

  it('run once: the second run finds the snapshot, which is the image but for what they left', async () => {
    const user = makeRepository({ 'package.json': '{}\n', 'src/a.js': '1\n' });
    const recipe = { ...setup(`: ${randomUUID()}; export KEPT=no; echo "$GIVEN" >/given`), env: { GIVEN: 'given' } };
    const first = await prepareNow(user, recipe);
    commit(user, { 'src/a.js': '2\n' });
    const second = await prepareNow(user, recipe);
    expect([second.name, second.said]).toEqual([first.name, []]);

    expect((await ask(first.name, 'cat /given; env | grep -E "GIVEN|KEPT"')).text).toBe('given\n');
    // Podman's commits keep some of the container's settings, which the sandbox does not use.
    if (await isPodman(docker)) return;
    const [before, after] = await Promise.all([BARE_IMAGE, first.name].map((one) => docker.getImage(one).inspect()));
    const { User, Env, Cmd, WorkingDir, Labels, Volumes } = after?.Config ?? {};
    expect({ User, Env, Cmd, WorkingDir, Volumes }).toEqual({
      User: before?.Config.User,
      Env: before?.Config.Env,
      Cmd: before?.Config.Cmd,
      WorkingDir: before?.Config.WorkingDir,
      Volumes: null,
    });
    expect(after?.Config.Entrypoint ?? []).toEqual(before?.Config.Entrypoint ?? []);
    expect(Labels).toEqual({ 'drydock.image': 'setup', 'drydock.key': first.name.split(':')[1] });
  });

  it('run anew where a lockfile, its name, a command, a variable, the network or the image differs', async () => {
    const user = makeRepository({ 'package-lock.json': '1\n', 'src/a.js': '1\n' });
    const same = setup('a');
    const keys = [await keyOf(user, same)];
    commit(user, { 'src/a.js': '2\n' });
    expect(await keyOf(user, same)).toBe(keys[0]);
    commit(user, { 'package-lock.json': '2\n' });
    keys.push(await keyOf(user, same));
    commit(user, { 'sub/package.json': '{}\n' });
    keys.push(await keyOf(user, same));
    keys.push(await keyOf(user, setup('a', 'b')));
    keys.push(await keyOf(user, { setup: { commands: ['a'], network: 'full' } }));
    keys.push(await keyOf(user, { ...same, env: { A: '1' } }));
    keys.push(await keyOf(user, same, 'sha256:another'));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('see the lockfiles and manifests of the base commit and nothing else, and none of it is in the snapshot', async () => {
    const canary = `canary-${randomUUID()}`;
    const user = makeRepository({
      'package.json': `{"name": "${canary}-manifest"}\n`,
      'sub/requirements.txt': '\n',
      'src/secret.js': `${canary}-source\n`,
    });
    writeFiles(user.root, { 'Cargo.lock': `${canary}-uncommitted\n` });
    process.env.DRYDOCK_TEST_CANARY = `${canary}-environment`;
    // The engine's default capabilities: a file can be given away. Its own network: there is a link.
    const command =
      'find . -type f | sort >/seen; env >/env; ls /sys/class/net >/links; chown 1:1 /seen; echo left >left';
    const { name } = await prepareNow(user, { setup: { commands: [command], network: 'full' } });
    delete process.env.DRYDOCK_TEST_CANARY;
    const { text } = await ask(name, 'cat /seen; ls -A /workspace; stat -c %u /seen; grep CI= /env; grep eth0 /links');
    expect(text).toBe('./package.json\n./sub/requirements.txt\n1\nCI=1\neth0\n');
    const image = await saved(name);
    expect(image.includes('./sub/requirements.txt')).toBe(true);
    expect(image.includes(canary)).toBe(false);
  });

  it('two at once run once: the other waits and takes the same snapshot', async () => {
    const user = makeRepository({});
    const recipe = setup(`: ${randomUUID()}; cat /proc/sys/kernel/random/uuid >/unique; sleep 1`);
    const [first, second] = await Promise.all([prepareNow(user, recipe), prepareNow(user, recipe)]);
    expect(first.id).toBe(second.id);
    const lines = [...first.said, ...second.said];
    expect(lines.filter((line) => line.startsWith('set-up: '))).toHaveLength(1);
    expect(lines).toContainEqual(`waiting for another run that makes the image ${first.name}`);
  });

  it('that fail keep nothing, and are told by name, exit code and last lines', async () => {
    const command = `: ${randomUUID()}; seq 1 100; echo out of luck >&2; exit 9`;
    const user = makeRepository({});
    const recipe = setup('echo fine', command, 'touch /never');
    const { prepared, said } = await prepare(user, recipe);
    await expect(prepared).rejects.toMatchObject({
      kind: 'setup_failed',
      message: `the set-up command ${JSON.stringify(command)} failed with exit code 9; its last lines: 94 / 95 / 96 / 97 / 98 / 99 / 100 / out of luck`,
    });
    expect(said.slice(0, 3)).toEqual(['set-up: echo fine', '  fine', `set-up: ${command}`]);
    expect(said).not.toContain('set-up: touch /never');
    const key = await keyOf(user, recipe);
    expect(await containersOf(key)).toEqual([]);
    expect(await inspectImage(docker, `drydock-setup:${key}`)).toBeNull();
  });

  it('that are given up end at once and leave neither container nor volume', async () => {
    const stop = new AbortController();
    const command = `: ${randomUUID()}; echo begun; sleep 3600`;
    const user = makeRepository({});
    const key = await keyOf(user, setup(command));
    const { prepared, said } = await prepare(user, setup(command), { signal: stop.signal });
    const failed = expect(prepared).rejects.toMatchObject({ kind: 'lost', message: 'the set-up was given up' });
    await expect.poll(() => said, { timeout: 30_000 }).toContain('  begun');
    const [container] = await containersOf(key);
    const [volume] = container?.Mounts ?? [];
    expect(volume?.Type).toBe('volume');
    stop.abort();
    await failed;
    expect(await containersOf(key)).toEqual([]);
    await expect(docker.getVolume(volume?.Name ?? '').inspect()).rejects.toMatchObject({ statusCode: 404 });
  });
});

it('a recipe’s variables reach the agent, and a user who is root does not', async () => {
  const { source } = await prepare(makeRepository({}), { user: 'root', env: { PASSED: 'yes' } });
  expect((await ask(BARE_IMAGE, 'echo $(id -u) $HOME $PASSED', source)).text).toBe('1000 /home/agent yes\n');
});

it('several first runs build Drydock’s own image once', async () => {
  const dockerfile = join(scratch, 'Dockerfile');
  writeFileSync(dockerfile, `FROM ${BARE_IMAGE}\nLABEL test.mark=${MARK}\nRUN sleep 1\n`);
  const said: string[] = [];
  const first = () => ensureImage(docker, { image: null, dockerfile, onProgress: (line) => said.push(line) });
  const images = await Promise.all([first(), first(), first()]);
  made.add(images[0]?.name ?? '');
  expect(new Set(images.map(({ id }) => id)).size).toBe(1);
  expect(said.filter((line) => line.startsWith('building the sandbox image'))).toHaveLength(1);
  expect(said.filter((line) => line.startsWith('waiting for another run'))).toHaveLength(2);
});

it.each(['No Such Name', 'x/../../containers', 'x?y', '../x', '-x'])(
  '%j is no name of an image, and is not asked for',
  async (image) => {
    const odd = ensureImage(docker, { image, dockerfile: '', onProgress: () => undefined });
    await expect(odd).rejects.toMatchObject({
      kind: 'image_missing',
      message: `${JSON.stringify(image)} cannot be the name of an image`,
    });
  },
);

it('an image that no registry has is one line with the way out', async () => {
  const missing = ensureImage(docker, { image: 'drydock-test-nowhere:1', dockerfile: '', onProgress: () => undefined });
  await expect(missing).rejects.toMatchObject({
    kind: 'image_missing',
    message: expect.stringMatching(/^the engine has no image drydock-test-nowhere:1 and could not pull it: ./),
    hint: expect.stringContaining('docker pull drydock-test-nowhere:1'),
  });
});
