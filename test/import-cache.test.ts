/** A large repository is sent and unpacked once; what starts from that is as if it had been sent itself. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Workplace } from '../agent/workplace.ts';
import { ensureImage, inspectRepository } from '../sandbox/index.ts';
import { engine, makeRepository, ROOT, temporaryFolder } from './harness.ts';
import { openContainer } from './workplace.ts';

const SECRET = 'canary-in-an-image';
/** Enough to be kept. */
const LARGE = randomBytes(18 * 1024 ** 2);

const project = makeRepository({ 'large.bin': LARGE, 'old.txt': 'old\n', 'sub/keep.txt': 'keep\n' });
const opened: Workplace[] = [];
const made = new Set<string>();

const keptImages = async () => {
  const docker = await engine();
  return docker.listImages({ filters: { label: ['drydock.image=import'] } });
};

afterAll(async () => {
  await Promise.all(opened.map((workplace) => workplace.dispose()));
  const docker = await engine();
  for (const id of made) await docker.getImage(id).remove({ force: true });
});

/** Opens a sandbox on HEAD of the project and says what of the way there was told. */
async function open(image: string | null = null): Promise<{ workplace: Workplace; told: string[]; dir: string }> {
  const told: string[] = [];
  const repository = await inspectRepository(project.dir, process.env);
  const dir = temporaryFolder();
  const before = new Set((await keptImages()).map(({ Id }) => Id));
  const workplace = openContainer(dir, repository, {
    image,
    env: { PASSED: SECRET },
    onProgress: (line) => told.push(line),
  });
  opened.push(workplace);
  await workplace.filled;
  for (const { Id } of await keptImages()) if (!before.has(Id)) made.add(Id);
  return { workplace, told, dir };
}

const run = async ({ sandbox }: Workplace, command: string): Promise<string> => {
  const { output } = await sandbox.exec({ command });
  return Buffer.concat([output.head, output.tail]).toString();
};

/** Everything that a sandbox has of the project, as a person would look at it. */
const LOOK = `git status --porcelain --branch; git log --format=%H; git for-each-ref; git fsck 2>&1
git ls-files | while read -r f; do git hash-object "$f"; done; ls -A; cat .git/HEAD; echo $PASSED`;

const KEPT = 'keeping the imported files for later runs, once';

it('is as if it had been sent: at the same commit, at a later one, and with other tags', async () => {
  project.git('tag', 'v1');
  project.git('tag', '-a', '-m', 'two', 'v2');
  const cold = await open();
  expect(cold.told).toContain(KEPT);
  const expected = await run(cold.workplace, LOOK);
  expect(expected).toContain(`v2\n`);
  expect(expected).toContain(SECRET);

  const same = await open();
  expect(same.told).toEqual([]);
  expect(await run(same.workplace, LOOK)).toBe(expected);
  await same.workplace.sandbox.writeFile('sub/keep.txt', 'changed\n');
  expect((await same.workplace.harvest('change')).files).toEqual([{ path: 'sub/keep.txt', added: 1, removed: 1 }]);

  project.git('tag', '-d', 'v1');
  project.git('checkout', '-q', '-b', 'feature/x');
  rmSync(join(project.dir, 'old.txt'));
  project.write('new/file.txt', 'new\n');
  project.write('sub/keep.txt', 'kept\n', 0o755);
  project.git('add', '-A');
  project.git('commit', '-q', '-m', 'later');
  project.git('tag', '-a', '-m', 'three', 'v3');
  const later = await open();
  const looked = await run(later.workplace, LOOK);
  expect(later.told).toEqual([]);
  expect(looked).toContain('## feature/x\n');
  expect(looked).toMatch(/refs\/tags\/v2\n.*refs\/tags\/v3\n/s);
  expect(looked).not.toContain('v1');
  expect(looked).toContain(project.git('rev-parse', 'HEAD'));
  expect(await run(later.workplace, 'cat new/file.txt sub/keep.txt; ls old.txt; ls -l sub/keep.txt')).toMatch(
    /^new\nkept\nls: .*old.txt.*\n-rwx/,
  );
  expect((await later.workplace.harvest('nothing')).files).toEqual([]);
}, 180_000);

it('is not used for a commit that it is no ancestor of, whose sandbox then has none of its objects', async () => {
  const secret = project.git('rev-parse', 'HEAD:new/file.txt');
  project.git('checkout', '-q', '--orphan', 'other');
  project.git('reset', '-q', '--hard');
  project.write('other.txt', 'other\n');
  project.git('add', '-A');
  project.git('commit', '-q', '-m', 'other');
  const { workplace } = await open();
  expect(await run(workplace, `ls; git cat-file -e ${secret} 2>/dev/null && echo found`)).toBe('other.txt\n');
}, 180_000);

it('keeps no variable of the user in the image', async () => {
  expect(made.size).toBeGreaterThan(0);
  const docker = await engine();
  for (const id of made) expect(JSON.stringify(await docker.getImage(id).inspect())).not.toContain(SECRET);
});

it('is not kept where /workspace is a volume of the image, of which no image could hold it', async () => {
  const docker = await engine();
  const { name } = await ensureImage(docker, { image: null, dockerfile: join(ROOT, 'Dockerfile'), onProgress() {} });
  const container = await docker.createContainer({ Image: name });
  const image = `drydock-test-volume:${process.pid}`;
  const [repo, tag] = image.split(':');
  await container.commit({ repo, tag, changes: 'VOLUME /workspace' });
  await container.remove();
  made.add(image);
  project.git('checkout', '-q', 'main');
  for (const _ of ['cold', 'again']) {
    const { workplace, told } = await open(image);
    expect(told).toEqual([]);
    expect(await run(workplace, 'ls; git status --porcelain')).toBe('large.bin\nold.txt\nsub\n');
    await workplace.dispose();
  }
}, 180_000);
