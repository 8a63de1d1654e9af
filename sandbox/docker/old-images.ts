/** The images that Drydock has made on an engine, and which of them nobody needs any more. */
import type Docker from 'dockerode';
import { ownImage } from './image.ts';
import { IMAGE_LABEL } from './labels.ts';
import { asked, unlessUsed } from './leftovers.ts';

/** An image of the engine, whoever has made it. */
export type EngineImage = {
  id: string;
  /** Empty: nothing was made of another image, or the engine does not say. */
  parent: string;
  tags: string[];
  /** Whether it has Drydock's label. */
  ours: boolean;
  /** Milliseconds since 1970. */
  created: number;
  /** With all that it was made of. */
  bytes: number;
};

/** An image to remove; `bytes` is what is freed by it. */
export type OldImage = Pick<EngineImage, 'id' | 'tags' | 'bytes'>;

export type ImageLimits = {
  now: number;
  olderThanMs: number;
  /** The tag of the image that new sandboxes are made of. */
  current: string;
  /** The ids of images that a container was made of. */
  used: ReadonlySet<string>;
};

/**
 * The images to remove, each before what it was made of. Only what has our label and no name of somebody else's; an image
 * that is used, or that one which stays was made of, stays.
 */
export function chooseImages(images: readonly EngineImage[], limits: ImageLimits): OldImage[] {
  const byId = new Map(images.map((image) => [image.id, image]));
  const children = Map.groupBy(images, ({ parent }) => parent);
  const decided = new Map<string, boolean>();
  const chosen: EngineImage[] = [];

  const isOld = ({ id, ours, tags, created }: EngineImage) =>
    ours &&
    limits.now - created > limits.olderThanMs &&
    !limits.used.has(id) &&
    tags.every((tag) => tag.startsWith('drydock-') && tag !== limits.current);
  const goes = (image: EngineImage): boolean => {
    const before = decided.get(image.id);
    if (before !== undefined) return before;
    const made = children.get(image.id) ?? [];
    const free = made.map(goes).every(Boolean);
    const old = free && isOld(image);
    if (old) chosen.push(image);
    // A step of a build has no name: the engine removes it with the last image that was made of it.
    const going = old || (free && made.length > 0 && !image.ours && image.tags.length === 0);
    decided.set(image.id, going);
    return going;
  };
  for (const image of images) goes(image);

  const below = (image: EngineImage): number => {
    const parent = byId.get(image.parent);
    if (parent === undefined) return 0;
    return decided.get(parent.id) && !chosen.includes(parent) ? below(parent) : parent.bytes;
  };
  return chosen.map((image) => ({ id: image.id, tags: image.tags, bytes: Math.max(0, image.bytes - below(image)) }));
}

/** The old images on an engine. `dockerfile` is that of Drydock's own image. Throws `SandboxError`. */
export async function findOldImages(
  docker: Docker,
  dockerfile: string,
  limits: Pick<ImageLimits, 'now' | 'olderThanMs'>,
): Promise<OldImage[]> {
  const { name: current } = await ownImage(dockerfile);
  const [images, containers] = await asked('list its images', () =>
    Promise.all([docker.listImages({ all: true }), docker.listContainers({ all: true })]),
  );
  const used = new Set(containers.map(({ ImageID }) => ImageID));
  const known = images.map(({ Id, ParentId, RepoTags, Labels, Created, Size }) => ({
    id: Id,
    parent: ParentId,
    tags: (RepoTags ?? []).filter((tag) => tag !== '<none>:<none>').map(withoutHost),
    ours: Labels?.[IMAGE_LABEL] !== undefined,
    created: Created * 1000,
    bytes: Size,
  }));
  return chooseImages(known, { ...limits, current, used });
}

/** Removes an image; false where something has come to use it. Throws `SandboxError`. */
export function removeImage(docker: Docker, { id, tags }: OldImage): Promise<boolean> {
  return asked(`remove the image ${tags[0] ?? id}`, async () => {
    // By its names: an id is refused where there are several.
    for (const name of tags.length > 0 ? tags : [id]) {
      if (!(await unlessUsed(docker.getImage(name).remove()))) return false;
    }
    return true;
  });
}

/** Podman puts a host before names that were given without one. */
function withoutHost(tag: string): string {
  return tag.replace(/^localhost\//, '');
}
