/** The image of a task: what it is made of, and having it made. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, ensureFolderImage, shellQuote, WORKSPACE } from '../sandbox/index.ts';
import { digestFolder, digestOf, folderEntries } from './digest.ts';
import { type Task, TaskError, type TaskImage } from './task.ts';

/** What is said while an image is made, and until when. */
export type Making = { onProgress: (line: string) => void; signal: AbortSignal };

/** The digest of what says how the image is made. One that is only named counts by its name. */
export async function imageDigest(image: TaskImage): Promise<string> {
  if (image.kind !== 'build') return digestOf(image);
  const { folder, dockerfile, files } = image;
  return digestOf({ kind: image.kind, dockerfile, files: await digestFolder(folder, files) });
}

/** Has the image made where that is due: its name, or null for Drydock's own. Throws `SandboxError`. */
export async function ensureTaskImage(engine: Engine, image: TaskImage, making: Making): Promise<string | null> {
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

/**
 * The folder in which a task expects its files, where it is not the workspace: the image's own, or the one that its script
 * changes to.
 */
export function workdirOf({ base, tests }: Pick<Task, 'base' | 'tests'>): string | null {
  if (base.kind === 'image') return base.workdir;
  if (tests.kind !== 'log') return null;
  const folder = /^\s*cd (\/[\w./-]+)\s*$/m.exec(tests.script)?.[1] ?? null;
  return folder === WORKSPACE || folder === null || /^\/tmp\b/.test(folder) ? null : folder;
}

/**
 * The image with that folder as another name of the workspace, and with what a verifier writes into. What was in the folder, such as
 * the history of a repository, is gone from it. Throws `SandboxError`, and `TaskError` for a folder that cannot be one.
 */
export async function ensureLinkedImage(
  engine: Engine,
  image: string,
  workdir: string,
  making: Making,
): Promise<string> {
  const path = workdir.replace(/\/+$/, '');
  if (!/^\/[\w.-]+(\/[\w.-]+)*$/.test(path)) throw new TaskError(`${workdir} cannot be the folder of a task`);
  const quoted = shellQuote(path);
  const parent = shellQuote(path.replace(/\/[^/]*$/, '') || '/');
  const link = path === WORKSPACE ? '' : ` && mkdir -p ${parent} && ln -s ${WORKSPACE} ${quoted}`;
  const text = [
    `FROM ${image}`,
    'USER root',
    `RUN rm -rf ${quoted} ${WORKSPACE}${link} && mkdir -p ${WORKSPACE} /logs/verifier /logs/agent && chmod 0777 ${WORKSPACE} /logs /logs/verifier /logs/agent`,
    `WORKDIR ${WORKSPACE}`,
    '',
  ].join('\n');
  const folder = await mkdtemp(join(tmpdir(), 'drydock-image-'));
  try {
    await writeFile(join(folder, 'Dockerfile'), text);
    const key = digestOf({ linked: text, from: (await engine.getImage(image).inspect()).Id });
    return (await ensureFolderImage(engine, { folder, dockerfile: 'Dockerfile', files: ['Dockerfile'], key }, making))
      .name;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
