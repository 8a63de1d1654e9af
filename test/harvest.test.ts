/** How a run's work leaves its container, which stays until it is told to go; see also agent/carry-out.test.ts. */
import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inspectRepository } from '../sandbox/index.ts';
import { leftOnEngine, makeRepository, temporaryFolder } from './harness.ts';
import { openContainer } from './workplace.ts';

it('work that could not be taken in is still in its container, and can be taken in later', async () => {
  const repository = await inspectRepository(makeRepository().dir, process.env);
  const dir = temporaryFolder();
  const sessionId = `harvest-${randomUUID()}`;
  const workplace = openContainer(dir, repository, { sessionId });
  try {
    await workplace.sandbox.writeFile('notes.txt', 'kept\n');
    const [safe, away] = [join(dir, 'workspace.git'), join(dir, 'away.git')];
    renameSync(safe, away);
    await expect(workplace.harvest('work')).rejects.toThrow();
    expect((await workplace.sandbox.readFile('notes.txt')).bytes.toString()).toBe('kept\n');

    renameSync(away, safe);
    expect((await workplace.harvest('work')).files).toMatchObject([{ path: 'notes.txt', added: 1 }]);
    expect(await leftOnEngine(sessionId)).toHaveLength(1);
  } finally {
    await workplace.dispose();
  }
  expect(await leftOnEngine(sessionId)).toEqual([]);
});
