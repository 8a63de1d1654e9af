import { mkdirSync, writeFileSync } from 'node:fs';
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
});
