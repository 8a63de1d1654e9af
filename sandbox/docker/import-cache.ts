/**
 * Imports kept as images: a large repository is sent and unpacked once, and later sandboxes of the same image start with its
 * files in a layer. Which image holds what is said by labels.
 */
import { createHash } from 'node:crypto';
import type Docker from 'dockerode';
import { shellQuote } from '../quote.ts';
import type { KnownImport } from '../workspace/index.ts';
import { OWNER_LABEL, SESSION_LABEL } from './container.ts';
import type { Image } from './image.ts';
import { IMAGE_LABEL, imageLabels } from './labels.ts';
import type { Processes } from './processes.ts';
import { PRIVATE_GIT } from './transfer.ts';

/** What is to be imported, as far as it is known before the container is made. */
export type ImportCache = {
  /** Of the repository on this host: a digest, not a path. */
  repository: string;
  commit: string;
  history: 'full' | 'none';
  /** Whether a commit is in the history of this one, so that a sandbox may hold its objects. */
  isAncestor: (commit: string) => Promise<boolean>;
};

/** An image with an import in it. */
export type KeptImport = KnownImport & { image: string };

const LABELS = {
  /** Id of the image that the import was made in. */
  base: 'drydock.import.base',
  repository: 'drydock.import.repository',
  /** The commit that was asked for, and the one that the sandbox was given: its twin where it has no history. */
  commit: 'drydock.import.commit',
  given: 'drydock.import.given',
  history: 'drydock.import.history',
  tags: 'drydock.import.tags',
};

/** A smaller pack is unpacked faster than an engine keeps and starts a further layer. */
const KEEP_PACK_BYTES = 16 * 1024 ** 2;
/** Of one repository; the older ones are given up. */
const KEEP_PER_REPOSITORY = 3;

/** Whether an import is worth keeping. */
export function isWorthKeeping(packBytes: number): boolean {
  return packBytes >= KEEP_PACK_BYTES;
}

type Listed = { id: string; created: number; labels: Record<string, string> };

async function listKept(docker: Docker, labels: string[]): Promise<Listed[]> {
  const images = await docker.listImages({ filters: { label: [`${IMAGE_LABEL}=import`, ...labels] } });
  return images
    .map(({ Id, Created, Labels }) => ({ id: Id, created: Created, labels: Labels ?? {} }))
    .sort((a, b) => b.created - a.created);
}

/** The kept import to start from: of the very commit, else the newest of an ancestor; null: none. */
export async function findImport(docker: Docker, image: Image, cache: ImportCache): Promise<KeptImport | null> {
  const { base, commit, given, history, repository, tags } = LABELS;
  const found = await listKept(docker, [`${base}=${image.id}`, `${history}=${cache.history}`]);
  const kept = ({ id, labels }: Listed): KeptImport => ({
    image: id,
    commit: labels[given] ?? '',
    tagsDigest: labels[tags] ?? '',
  });
  const exact = found.find(({ labels }) => labels[commit] === cache.commit);
  if (exact) return kept(exact);
  if (cache.history === 'none') return null;
  for (const one of found) {
    const { [repository]: of, [commit]: at } = one.labels;
    if (of === cache.repository && at !== undefined && (await cache.isAncestor(at))) return kept(one);
  }
  return null;
}

/**
 * Keeps the container's workspace, in which nothing but the import has happened yet, as an image. The engine stops the
 * container meanwhile. Throws what the engine says.
 */
export async function keepImport(
  docker: Docker,
  container: Docker.Container,
  processes: Pick<Processes, 'internal'>,
  image: Image,
  cache: ImportCache,
  made: KnownImport,
): Promise<void> {
  await processes.internal({ script: SETTLE });
  const key = createHash('sha256')
    .update(JSON.stringify([image.id, cache.commit, cache.history]))
    .digest('hex');
  await container.commit({
    repo: 'drydock-import',
    tag: key.slice(0, 32),
    Entrypoint: image.entrypoint,
    Cmd: image.cmd,
    Labels: {
      ...imageLabels('import', key.slice(0, 32)),
      // The container's own says whose it is.
      [SESSION_LABEL]: '',
      [OWNER_LABEL]: '',
      [LABELS.base]: image.id,
      [LABELS.repository]: cache.repository,
      [LABELS.commit]: cache.commit,
      [LABELS.given]: made.commit,
      [LABELS.history]: cache.history,
      [LABELS.tags]: made.tagsDigest,
    },
  });
  const all = await listKept(docker, [`${LABELS.base}=${image.id}`, `${LABELS.repository}=${cache.repository}`]);
  for (const old of all.slice(KEEP_PER_REPOSITORY)) {
    // One that is in use, or that a newer one was made from, stays until `drydock gc`.
    await docker
      .getImage(old.id)
      .remove()
      .catch(() => undefined);
  }
}

/**
 * A layer has other inodes than the files that the index was made of, and whole seconds as times; so git is to compare these
 * only. Files of the second in which the index was written would be read again by every git that looks: hence the wait.
 */
const SETTLE = `set -e
cd /workspace
for folder in ${shellQuote(PRIVATE_GIT)} .git; do
  printf '[core]\\n\\tcheckStat = minimal\\n\\ttrustctime = false\\n' >>"$folder/config"
done
sleep 1.1 2>/dev/null || sleep 2
touch ${shellQuote(PRIVATE_GIT)}/index .git/index`;
