/** How much a container has written, and how much room there is: asked in it, as the agent's user, and of the engine. */
import type Docker from 'dockerode';
import { SandboxError } from '../sandbox.ts';
import type { DiskSpace } from './limits.ts';
import type { Processes } from './processes.ts';

/** The disk that the sandbox lies on. Rejects where the image has no `stat`, or there is no room to run it. */
export async function readSpace(processes: Pick<Processes, 'internal'>): Promise<DiskSpace> {
  const [available, block, blocks, freeInodes, totalInodes] = await numbers(
    processes,
    "stat -f -c '%a %S %b %d %c' /",
    5,
  );
  return {
    freeBytes: (available ?? 0) * (block ?? 0),
    totalBytes: (blocks ?? 0) * (block ?? 0),
    freeInodes: freeInodes ?? 0,
    totalInodes: totalInodes ?? 0,
  };
}

/** How many files there are in the sandbox, those of the image included. Walks them all. */
export async function countFiles(processes: Pick<Processes, 'internal'>): Promise<number> {
  const [count] = await numbers(processes, 'find / -xdev 2>/dev/null | wc -l', 1);
  return count ?? 0;
}

/** How many bytes were written on top of the image, as the engine counts them: by the files' lengths. Walks them all. */
export async function writtenBytes(container: Docker.Container): Promise<number> {
  // Neither the question nor the answer is in the client's types.
  const question: { abortSignal?: AbortSignal; size: boolean } = { size: true };
  const bytes: unknown = Reflect.get(await container.inspect(question), 'SizeRw');
  if (typeof bytes === 'number') return bytes;
  throw new SandboxError('lost', 'the engine does not say how much the container has written');
}

/** The numbers that a script prints. Throws `SandboxError` where it does not print `count` of them. */
async function numbers(processes: Pick<Processes, 'internal'>, script: string, count: number): Promise<number[]> {
  let said = '';
  const onOutput = (data: Buffer) => {
    said += data.toString('latin1');
  };
  await processes.internal({ script, onOutput, ifRoom: true });
  const found = said.trim().split(/\s+/).map(Number);
  if (found.length === count && found.every(Number.isFinite)) return found;
  throw new SandboxError('lost', `the sandbox answers ${JSON.stringify(said.slice(0, 200))} to ${script}`);
}
