/** Where tasks are worked on: bases and images, each made once however many trials want it. */
import { join } from 'node:path';
import { type Engine, ensureImage } from '../sandbox/index.ts';
import { digestOfBase, ensureBase, type ReadyBase, type ReadyPlace } from './base.ts';
import { digestOf } from './digest.ts';
import { ensureLinkedImage, ensureTaskImage, imageDigest, workdirOf } from './image.ts';
import { withImageFiles } from './image-base.ts';
import type { Task } from './task.ts';

export type PlaceOptions = {
  /** Where bases are kept. */
  folder: string;
  /** Path of the Dockerfile of Drydock's own image. */
  dockerfile: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onNote: (text: string) => void;
};

/** One that failed is made again when it is next wanted. */
export function readyPlaces(engine: Engine, options: PlaceOptions): (task: Task) => Promise<ReadyPlace> {
  const { dockerfile, env, signal, onNote } = options;
  const folder = join(options.folder, 'bases');
  const making = { onProgress: onNote, signal };
  const bases = new Map<string, Promise<ReadyBase>>();
  const images = new Map<string, Promise<string | null>>();
  return async (task) => {
    const { base } = task;
    const imageKey = await imageDigest(task.image);
    const image = once(images, imageKey, () => ensureTaskImage(engine, task.image, making));
    const workdir = workdirOf(task);
    if (workdir === null && base.kind !== 'image') {
      const key = await digestOfBase(base);
      const [ready, name] = await Promise.all([
        once(bases, key, () => ensureBase(folder, key, (use) => use(base), env)),
        image,
      ]);
      return { base: ready, image: name, images: name === null ? [] : [name] };
    }
    const name = (await ensureImage(engine, { image: await image, dockerfile, onProgress: onNote }, signal)).name;
    const key = base.kind === 'image' ? digestOf({ base, imageKey }) : await digestOfBase(base);
    const source: Parameters<typeof ensureBase>[2] =
      base.kind === 'image'
        ? (use) => withImageFiles(engine, { image: name, workdir: base.workdir, dockerfile }, use)
        : (use) => use(base);
    const ready = await once(bases, key, () => ensureBase(folder, key, source, env));
    const linked = workdir ?? '/workspace';
    const link = await once(images, `${imageKey} ${linked}`, () => ensureLinkedImage(engine, name, linked, making));
    return { base: ready, image: link, images: [name, ...(link === null ? [] : [link])] };
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
