/** What an agent that works on a task finds in its sandbox, for tests. */
import { join } from 'node:path';
import type { ReadyPlace } from '../evals/base.ts';
import { readyPlaces } from '../evals/places.ts';
import type { Task } from '../evals/task.ts';
import { createDockerSandbox, DEFAULT_LIMITS } from '../sandbox/index.ts';
import { thisProcess } from '../session/index.ts';
import { engine, ROOT, temporaryFolder } from './harness.ts';

export const DOCKERFILE = join(ROOT, 'Dockerfile');

/** Has the base and the image of a task made. */
export async function placeOf(task: Task): Promise<ReadyPlace> {
  const { signal } = new AbortController();
  const options = {
    folder: temporaryFolder(),
    dockerfile: DOCKERFILE,
    env: process.env,
    signal,
    onNote: () => undefined,
  };
  return readyPlaces(await engine(), options)(task);
}

/** What git in the workspace of a task knows: how many commits and tags, how many objects, and which of the commits `ids`. */
export async function historyInSandbox(
  task: Task,
  ids: readonly string[],
): Promise<{ commits: number; tags: number; commitObjects: number; known: string[]; texts: string }> {
  const docker = await engine();
  const { base, image } = await placeOf(task);
  const sandbox = createDockerSandbox(Promise.resolve(docker), {
    ...{
      sessionId: `eval-history-${process.pid}`,
      owner: JSON.stringify(thisProcess()),
      image,
      dockerfile: DOCKERFILE,
    },
    ...{ limits: DEFAULT_LIMITS, env: {}, network: 'none', onProgress: () => undefined },
  });
  try {
    await sandbox.importRepository({ ...base.pack, branch: 'main', objectFormat: 'sha1' });
    await sandbox.writeFile('/tmp/ids', `${ids.join('\n')}\n`);
    const ask = async (command: string) => {
      const { exitCode, output } = await sandbox.exec({ command, maxOutputBytes: 8 * 1024 ** 2 });
      if (exitCode !== 0) throw new Error(`${command} ended with ${exitCode}: ${output.tail.toString()}`);
      return Buffer.concat([output.head, output.tail]).toString();
    };
    const objects = await ask('git cat-file --batch-all-objects --batch-check');
    const found = (await ask('git cat-file --batch-check </tmp/ids')).trim().split('\n');
    return {
      commits: Number(await ask('git rev-list --all --reflog --count')),
      tags: Number(await ask('git tag | wc -l')),
      commitObjects: objects.split('\n').filter((line) => line.includes(' commit ')).length,
      known: found.filter((line) => !line.endsWith(' missing')),
      texts: await ask('git cat-file --batch-all-objects --batch'),
    };
  } finally {
    await sandbox.dispose();
  }
}
