/** Where tasks are worked on: bases and images, each made once however many trials want it. */
import { join } from 'node:path';
import type { Engine } from '../sandbox/index.ts';
import { digestOfBase, ensureBase } from './base.ts';
import { ensureTaskImage, imageDigest } from './image.ts';
import { type Task, TaskError } from './task.ts';
import type { ReadyPlace } from './trial.ts';

export type PlaceOptions = {
  /** Where bases are kept. */
  folder: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onNote: (text: string) => void;
};

/** One that failed is made again when it is next wanted. */
export function readyPlaces(
  engine: Engine,
  { folder, env, signal, onNote }: PlaceOptions,
): (task: Task) => Promise<ReadyPlace> {
  const bases = new Map<string, ReturnType<typeof ensureBase>>();
  const images = new Map<string, ReturnType<typeof ensureTaskImage>>();
  return async (task) => {
    const { base, image } = task;
    if (base.kind === 'image') throw new TaskError(`${task.id}: a base that lies in its image is not run yet`);
    const [key, imageKey] = await Promise.all([digestOfBase(base), imageDigest(image)]);
    const [readyBase, name] = await Promise.all([
      once(bases, key, () => ensureBase(join(folder, 'bases'), key, base, env)),
      once(images, imageKey, () => ensureTaskImage(engine, image, { onProgress: onNote, signal })),
    ]);
    return { base: readyBase, image: name };
  };
}

function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const before = made.get(key);
  if (before) return before;
  const making = make();
  made.set(key, making);
  making.catch(() => made.delete(key));
  return making;
}
