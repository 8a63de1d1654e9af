/** The image of a task: what it is made of, and having it made. */
import { type Engine, ensureFolderImage } from '../sandbox/index.ts';
import { digestFolder, digestOf, folderEntries } from './digest.ts';
import type { TaskImage } from './task.ts';

/** The digest of what says how the image is made. One that is only named counts by its name. */
export async function imageDigest(image: TaskImage): Promise<string> {
  if (image.kind !== 'build') return digestOf(image);
  const { folder, dockerfile, files } = image;
  return digestOf({ kind: image.kind, dockerfile, files: await digestFolder(folder, files) });
}

/** Has the image made where that is due: its name, or null for Drydock's own. Throws `SandboxError`. */
export async function ensureTaskImage(
  engine: Engine,
  image: TaskImage,
  making: { onProgress: (line: string) => void; signal: AbortSignal },
): Promise<string | null> {
  switch (image.kind) {
    case 'own':
      return null;
    case 'image':
      return image.name;
    case 'build': {
      const { folder, dockerfile, files } = image;
      const entries = files ?? (await folderEntries(folder)).map(({ path }) => path);
      const build = { folder, dockerfile, files: entries, key: await imageDigest(image) };
      return (await ensureFolderImage(engine, build, making)).name;
    }
  }
}
