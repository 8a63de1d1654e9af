/** What `drydock gc` and `drydock sessions` show, remove and leave alone: real session folders, the real engine. */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findOldImages, IMAGE_LABEL, removeImage, SESSION_LABEL } from '../sandbox/index.ts';
import { openSession } from '../session/index.ts';
import {
  engine,
  type FinishedRun,
  leftOnEngine,
  mendingCall,
  ROOT,
  run,
  runDrydock,
  temporaryFolder,
} from './harness.ts';
import type { Script } from './model-server.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000, hookTimeout: 120_000 });

const MEND: Script = (turn, request) => (turn === 0 ? { toolCalls: [mendingCall(request)] } : { text: 'Done.' });
const BARE_IMAGE = 'drydock-test-busybox';
/** The engine is shared: no image of others may go. */
const NO_IMAGES = ['--images-older-than', '36500d'];
const NO_ENGINE = { DOCKER_HOST: 'unix:///nowhere' };
/** Marks what this file makes on the engine, so that all of it goes at the end. */
const MARK = `gc-${randomUUID()}`;

let onBranch: FinishedRun;
let asPatch: FinishedRun;
beforeAll(async () => {
  [onBranch, asPatch] = await Promise.all([run(MEND), run(MEND, { args: ['--output', 'patch'] })]);
  expect([onBranch.code, asPatch.code], onBranch.stderr + asPatch.stderr).toEqual([0, 0]);
});
afterAll(async () => {
  const docker = await engine();
  const filters = { label: [`test.mark=${MARK}`] };
  for (const { Id } of await docker.listContainers({ all: true, filters })) {
    await docker.getContainer(Id).remove({ force: true });
  }
  for (const { Id } of await docker.listNetworks({ filters })) await docker.getNetwork(Id).remove();
  for (const { Name } of (await docker.listVolumes({ filters })).Volumes ?? []) await docker.getVolume(Name).remove();
  for (const { Id } of await docker.listImages({ filters })) await docker.getImage(Id).remove();
});

/** A folder with copies of the two sessions. */
function sessionsFolder(): string {
  const folder = temporaryFolder();
  for (const { session } of [onBranch, asPatch]) cpSync(session.dir, join(folder, session.id), { recursive: true });
  return folder;
}

/** Makes the newest event of a session 40 days old. */
function age(folder: string, id: string): void {
  const then = Date.now() / 1000 - 40 * 86_400;
  utimesSync(join(folder, id, 'events.jsonl'), then, then);
}

const gc = (folder: string, args: string[] = [], env: Record<string, string> = {}) =>
  runDrydock(['gc', '--session-dir', folder, ...NO_IMAGES, ...args], { env });
const kept = (folder: string) => readdirSync(folder).sort();

const labels = (session: string, owner: object | null = null) => ({
  [SESSION_LABEL]: session,
  'test.mark': MARK,
  ...(owner === null ? {} : { 'drydock.owner': JSON.stringify(owner) }),
});

async function startContainer(session: string, owner: object | null, start = true): Promise<string> {
  const docker = await engine();
  const Labels = labels(session, owner);
  const container = await docker.createContainer({ Image: BARE_IMAGE, Cmd: ['sleep', '600'], Labels });
  if (start) await container.start();
  return container.id;
}

const ended = () => ({ host: hostname(), pid: spawnSync('true').pid, startTime: '1' });
const living = () => ({ host: hostname(), pid: process.pid, startTime: null });

describe.concurrent('gc on the engine', () => {
  it('removes what dead owners have left, and nothing of the living, of other hosts, or of sessions in use', async () => {
    const docker = await engine();
    const folder = sessionsFolder();
    const dead = onBranch.session.id;
    const inUse = asPatch.session.id;
    const mark = randomUUID();
    const [alive, unlabelled] = [`alive-${mark}`, `unlabelled-${mark}`];
    for (const id of [alive, unlabelled]) mkdirSync(join(folder, id));
    const [foreign, adopted, given] = [`foreign-${mark}`, `adopted-${mark}`, `given-up-${mark}`];
    const going = [
      await startContainer(dead, ended()),
      await startContainer(unlabelled, null, false),
      await startContainer(given, ended(), false),
    ];
    const staying = [
      await startContainer(alive, living(), false),
      await startContainer(inUse, ended(), false),
      await startContainer(foreign, { ...ended(), host: 'another-host' }, false),
      await startContainer(adopted, ended()),
    ];
    const names = { gone: `${MARK}-gone`, stays: `${MARK}-stays` };
    await docker.createVolume({ Name: names.gone, Labels: labels(dead) });
    await docker.createVolume({ Name: names.stays, Labels: labels(alive) });
    await docker.createNetwork({ Name: names.gone, Labels: labels(dead) });
    const left = async () => {
      const found = await docker.listContainers({ all: true, filters: { label: [`test.mark=${MARK}`] } });
      return found.map(({ Id }) => Id).sort();
    };

    const session = await openSession(join(folder, inUse));
    try {
      const dry = await gc(folder, ['--dry-run']);
      expect(dry.code, dry.stderr).toBe(0);
      expect(dry.stdout).toMatch(new RegExp(`^would remove container \\S+ of session ${dead}\\b`, 'm'));
      expect(dry.stdout).not.toMatch(/^removed/m);
      expect(await left()).toEqual([...going, ...staying].sort());

      const real = await gc(folder);
      expect(real.code, real.stderr).toBe(0);
      expect(real.stdout).toMatch(new RegExp(`^removed container \\S+ of session ${dead}\\b`, 'm'));
      expect(await left()).toEqual([...staying].sort());
      expect(await leftOnEngine(dead)).toEqual([]);
      expect(await leftOnEngine(alive)).toContain(names.stays);

      const again = await gc(folder);
      for (const id of [dead, inUse, alive, unlabelled, foreign, adopted]) expect(again.stdout).not.toContain(id);
    } finally {
      await session.close();
    }
  });

  it('finds old images of ours that nothing uses, and removes them', async () => {
    const docker = await engine();
    const made = docker.getContainer(await startContainer('', null, false));
    const name = `drydock-setup:${MARK}`;
    const Labels = { [IMAGE_LABEL]: 'setup', 'test.mark': MARK };
    await made.commit({ repo: 'drydock-setup', tag: MARK, Labels });
    await made.remove();
    // Only looked at: this lists images of others too.
    const find = async (now: number, olderThanMs: number) => {
      const found = await findOldImages(docker, join(ROOT, 'Dockerfile'), { now, olderThanMs });
      return found.filter(({ tags }) => tags.includes(name));
    };
    const later = Date.now() + 3_600_000;
    expect(await find(later, 86_400_000)).toEqual([]);
    const [old] = await find(later, 60_000);
    if (old === undefined) throw new Error('the image was not found');

    const user = await docker.createContainer({ Image: name, Cmd: ['sleep', '1'], Labels: { 'test.mark': MARK } });
    expect(await find(later, 60_000)).toEqual([]);
    expect(await removeImage(docker, old)).toBe(false);
    await user.remove();
    expect(await removeImage(docker, old)).toBe(true);
    expect(await docker.listImages({ filters: { label: [`test.mark=${MARK}`] } })).toEqual([]);
    expect(await removeImage(docker, old)).toBe(true);
  });

  it('that answers and fails costs exit code 4, and not the sessions their turn', async () => {
    const folder = sessionsFolder();
    age(folder, onBranch.session.id);
    const broken = createServer((request, response) => {
      response.statusCode = request.url === '/_ping' ? 200 : 500;
      response.end('{"message":"out of order"}');
    });
    await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    const address = broken.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    try {
      const result = await gc(folder, [], { DOCKER_HOST: `tcp://127.0.0.1:${address.port}` });
      expect(result.stderr).toMatch(/^drydock: the engine did not list .*out of order — `drydock doctor`.*\n$/);
      expect(result.code).toBe(4);
      expect(kept(folder)).toEqual([asPatch.session.id]);
    } finally {
      broken.close();
    }
  });
});

describe.concurrent('gc of sessions', () => {
  it('removes old ones whose work was handed over, and names the others with the way to remove them', async () => {
    const folder = sessionsFolder();
    const [done, undelivered] = [onBranch.session.id, asPatch.session.id];
    age(folder, done);
    age(folder, undelivered);
    const before = kept(folder);
    const dry = await gc(folder, ['--dry-run'], NO_ENGINE);
    expect(dry.stdout).toMatch(
      new RegExp(`^would remove session ${done} \\(.*\\)\nkept session ${undelivered}: .*\nwould free [1-9].*\n$`),
    );
    expect(kept(folder)).toEqual(before);

    const real = await gc(folder, [], NO_ENGINE);
    expect(real.code).toBe(0);
    expect(real.stderr).toMatch(/^note: the engine was not asked: .*\n$/);
    expect(real.stdout).toMatch(new RegExp(`^removed session ${done} \\(.*\\)\nkept .*\nfreed [1-9].*\n$`));
    expect(kept(folder)).toEqual([undelivered]);

    const again = await gc(folder, [], NO_ENGINE);
    const removal = `drydock sessions rm ${undelivered} --session-dir ${folder}`;
    expect(again.stdout).toBe(
      `kept session ${undelivered}: 1 changed file was not handed over; to remove it: ${removal}\nnothing to remove\n`,
    );
  });

  it('leaves young ones alone unless all are too large, and one in use in any case', async () => {
    const folder = sessionsFolder();
    expect((await gc(folder, [], NO_ENGINE)).stdout).toBe('nothing to remove\n');
    const session = await openSession(join(folder, onBranch.session.id));
    expect((await gc(folder, ['--keep-size', '0MB', '--older-than', '0d'], NO_ENGINE)).stdout).not.toMatch(/^removed/m);
    await session.close();
    expect((await gc(folder, ['--keep-size', '0MB'], NO_ENGINE)).stdout).toMatch(
      `removed session ${basename(session.dir)}`,
    );
  });

  it('clears what a killed run has left in their folders, and removals that were cut off', async () => {
    const folder = sessionsFolder();
    const dir = join(folder, onBranch.session.id);
    const before = kept(dir);
    for (const name of ['import', 'recipe-x1']) mkdirSync(join(dir, name));
    const guard = 'lock.0123456789abcdef';
    for (const name of ['import.bundle', 'export.pack', 'checkpoint.pack', 'result.patch', 'apply.patch', guard]) {
      writeFileSync(join(dir, name), 'x');
    }
    utimesSync(join(dir, guard), 1, 1);
    mkdirSync(join(folder, 'some.removed'));
    const session = await openSession(dir);
    expect((await gc(folder, [], NO_ENGINE)).stdout).not.toContain(onBranch.session.id);
    expect(existsSync(join(dir, 'import.bundle'))).toBe(true);
    await session.close();

    const result = await gc(folder, [], NO_ENGINE);
    expect(result.stdout).toContain(`removed export.pack of session ${onBranch.session.id}`);
    expect(kept(dir)).toEqual(before);
    expect(kept(folder)).toEqual([onBranch.session.id, asPatch.session.id].sort());
    expect((await gc(folder, [], NO_ENGINE)).stdout).toBe('nothing to remove\n');
  });
});

describe.concurrent('sessions', () => {
  it('shows those of the repository it is called in, or all, and what is wrong with damaged ones', async () => {
    const folder = sessionsFolder();
    const torn = '20200101-000000-aaaa';
    mkdirSync(join(folder, torn));
    appendFileSync(join(folder, torn, 'events.jsonl'), 'damaged\n');
    const list = (...args: string[]) =>
      runDrydock(['sessions', '--session-dir', folder, ...args], { cwd: onBranch.repository.dir });
    const own = (await list()).stdout.split('\n');
    expect(own).toHaveLength(3);
    expect(own[0]).toMatch(
      new RegExp(`^${onBranch.session.id}  \\S+ \\S+  completed +[\\d.]+ [KM]iB  Make the test pass$`),
    );
    expect(own[1]).toMatch(new RegExp(`^${torn}  -  .* damaged .* line 1 of events.jsonl is damaged: not JSON`));

    const all = (await list('--all', '--json')).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(all.map(({ id }) => id)).toEqual([onBranch.session.id, asPatch.session.id, torn].sort().reverse());
    expect(all.find(({ id }) => id === asPatch.session.id)).toMatchObject({
      root: asPatch.repository.dir,
      outcome: 'completed',
      running: false,
      task: 'Make the test pass',
      bytes: expect.any(Number),
    });
    const elsewhere = await runDrydock(['sessions', '--session-dir', temporaryFolder()]);
    expect([elsewhere.code, elsewhere.stdout, elsewhere.stderr]).toEqual([
      0,
      '',
      expect.stringMatching(/^no sessions in /),
    ]);
  });

  it('rm removes the folder and what the engine has; it refuses one in use, and then removes none', async () => {
    const folder = sessionsFolder();
    // The engine has things of the first one for another test.
    const [one, other] = [`rm-${randomUUID()}`, asPatch.session.id];
    renameSync(join(folder, onBranch.session.id), join(folder, one));
    const remove = (...ids: string[]) => runDrydock(['sessions', 'rm', '--session-dir', folder, ...ids]);
    const session = await openSession(join(folder, other));
    const refused = await remove(one, other);
    await session.close();
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`session ${other}: the session is in use by process ${process.pid}`);
    expect((await remove(one, 'nothing')).code).toBe(2);
    expect(kept(folder)).toEqual([one, other].sort());

    await startContainer(one, null, false);
    const removed = await remove(one, one);
    expect(removed.stdout).toMatch(new RegExp(`^removed container .*\nremoved session ${one} \\(.*\\)\n$`));
    expect(kept(folder)).toEqual([other]);
    expect(await leftOnEngine(one)).toEqual([]);
  });

  it('rm removes the folder where no engine answers, and says that none was asked', async () => {
    const folder = sessionsFolder();
    const id = asPatch.session.id;
    const result = await runDrydock(['sessions', 'rm', id, '--session-dir', folder], { env: NO_ENGINE });
    expect(result.code).toBe(0);
    expect(result.stderr).toMatch(/^note: the engine was not asked: .*\n$/);
    expect(kept(folder)).toEqual([onBranch.session.id]);
  });
});
