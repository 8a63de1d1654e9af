import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSession } from './find.ts';
import { sampleCreated } from './sample-events.ts';
import { createSession } from './store.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drydock-last-'));
  const repository = { base: 'a'.repeat(40), branch: null, prefix: '', objectFormat: 'sha1' } as const;
  for (const [id, root] of [
    ['1', '/code/app'],
    ['2', '/code/app'],
    ['3', '/code/application'],
  ] as const) {
    await (await createSession(dir, { ...sampleCreated(id), repository: { ...repository, root } })).close();
  }
  const sandbox = { backend: 'host', image: null, network: 'full', workspace: '/plain' } as const;
  await (await createSession(dir, { ...sampleCreated('4'), repository: null, sandbox })).close();
  mkdirSync(join(dir, '5'));
  writeFileSync(join(dir, '5/events.jsonl'), 'damaged\n');
});
afterEach(() => rm(dir, { recursive: true }));

describe('the last session', () => {
  it.each([
    ['of the repository', '/code/app', '2'],
    ['of the repository that the folder is in', '/code/app/src/deep', '2'],
    ['of the repository, not of one whose name begins so', '/code/application', '3'],
    ['of a folder without a repository', '/plain/sub', '4'],
    ['of all where the folder has none', '/code', '5'],
    ['of all where the folder is not known', null, '5'],
  ])('is the newest %s', async (_, folder, id) => {
    expect(await findSession(dir, 'last', folder)).toBe(join(dir, id));
  });

  it('is not that of another repository for who is to change something; that one is named', async () => {
    expect(await findSession(dir, 'last', '/code/app/src', 'refused')).toBe(join(dir, '2'));
    expect(await findSession(dir, '3', '/code/app', 'refused')).toBe(join(dir, '3'));
    rmSync(join(dir, '5'), { recursive: true });
    await expect(findSession(dir, 'last', '/code', 'refused')).rejects.toMatchObject({
      kind: 'not_found',
      message: 'no session of the repository around /code; the newest elsewhere is 4, of /plain',
      hint: 'Give its id if that one is meant.',
    });
    await expect(findSession(dir, 'last', null, 'refused')).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('is not that of the repository around the one that the folder is in', async () => {
    const root = join(dir, 'outer');
    mkdirSync(join(root, 'vendor/inner/.git'), { recursive: true });
    mkdirSync(join(root, 'vendor/inner/src'));
    const repository = { root, base: 'a'.repeat(40), branch: null, prefix: '', objectFormat: 'sha1' } as const;
    await (await createSession(dir, { ...sampleCreated('6'), repository })).close();
    expect(await findSession(dir, 'last', join(root, 'vendor'), 'refused')).toBe(join(dir, '6'));
    const inner = findSession(dir, 'last', join(root, 'vendor/inner/src'), 'refused');
    await expect(inner).rejects.toMatchObject({ kind: 'not_found' });
  });
});
