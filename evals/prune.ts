/** What images a run leaves on the engine: those that it has made or fetched go again once no trial needs them, where there are too many. */
import { type Engine, IMAGE_LABEL } from '../sandbox/index.ts';

/** An image of the engine. `bytes` counts what it shares with others too, so a sum of them is an upper bound. */
export type StoredImage = { name: string; bytes: number; created: number };

/** The images to remove, the oldest first, until the rest takes no more than `keepBytes`; what is needed stays. Pure. */
export function choosePruned(images: readonly StoredImage[], needed: ReadonlySet<string>, keepBytes: number): string[] {
  let bytes = images.reduce((sum, image) => sum + image.bytes, 0);
  const chosen: string[] = [];
  for (const image of [...images].sort((a, b) => a.created - b.created)) {
    if (bytes <= keepBytes) break;
    if (needed.has(image.name)) continue;
    chosen.push(image.name);
    bytes -= image.bytes;
  }
  return chosen;
}

/**
 * Removes images that a run has used, built for tasks or `fetched` by it, and that no trial of it needs any more. One that is in use
 * stays. Nothing that other runs use is looked at.
 */
export async function pruneImages(
  engine: Engine,
  { used, fetched, needed }: Record<'used' | 'fetched' | 'needed', ReadonlySet<string>>,
  keepBytes: number,
): Promise<void> {
  const listed = await engine.listImages();
  const images = listed.flatMap(({ RepoTags, Labels, Size, Created }) =>
    (RepoTags ?? [])
      .map((tag) => tag.replace(/^localhost\//, ''))
      .filter((tag) => used.has(tag) && (Labels?.[IMAGE_LABEL] === 'eval' || fetched.has(tag)))
      .map((name) => ({ name, bytes: Size, created: Created })),
  );
  for (const name of choosePruned(images, needed, keepBytes)) {
    // A container may be made of it, or another image: then it goes later.
    await engine
      .getImage(name)
      .remove()
      .catch(() => undefined);
  }
}
