import { digestOf } from '../digest.ts';
import { imageDigest } from '../image.ts';
import type { Task, TaskBase } from '../task.ts';

/** A base that another format than ours has: none of these is a folder of ours. */
export type ReadBase = Extract<TaskBase, { kind: 'repository' | 'image' }>;

/**
 * The digest of a task that was read: of all that decides about an attempt's outcome, and of nothing else. So not of where its
 * files lie on this machine: a commit's id stands for its files.
 */
export async function digestOfTask(task: Omit<Task, 'digest'> & { base: ReadBase }): Promise<string> {
  const { problem, base, image, tests, solution, limits } = task;
  const files = base.kind === 'repository' ? { kind: base.kind, commit: base.commit } : base;
  return digestOf({ problem, tests, solution, limits, base: digestOf(files), image: await imageDigest(image) });
}
