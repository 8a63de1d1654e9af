/** When a run's work leaves its container: that goes when the work is safe on the host, and not before. */
import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDockerWorkplace } from '../agent/workplace.ts';
import { inspectRepository, locateEngine, openEngine } from '../sandbox/index.ts';
import { leftOnEngine, makeRepository, ROOT, temporaryFolder } from './harness.ts';

it('a container stays while its work could not be taken in, and goes once it was', async () => {
  const repository = await inspectRepository(makeRepository().dir, process.env);
  const dir = temporaryFolder();
  const sessionId = `harvest-${randomUUID()}`;
  const workplace = openDockerWorkplace({
    dir,
    repository,
    base: repository.head,
    version: '0',
    connect: () => locateEngine(process.env).then(openEngine),
    start: async () => ({ base: repository.head, tree: null }),
    sandbox: {
      sessionId,
      image: null,
      dockerfile: join(ROOT, 'Dockerfile'),
      network: 'none',
      env: {},
      onProgress: () => undefined,
    },
  });
  try {
    await workplace.sandbox.writeFile('notes.txt', 'kept\n');
    const [safe, away] = [join(dir, 'workspace.git'), join(dir, 'away.git')];
    renameSync(safe, away);
    await expect(workplace.harvest('work')).rejects.toThrow();
    expect((await workplace.sandbox.readFile('notes.txt')).bytes.toString()).toBe('kept\n');

    renameSync(away, safe);
    expect((await workplace.harvest('work')).files).toMatchObject([{ path: 'notes.txt', added: 1 }]);
    await workplace.gone;
    await workplace.dispose();
    expect(await leftOnEngine(sessionId)).toEqual([]);
  } finally {
    await workplace.dispose();
  }
});
