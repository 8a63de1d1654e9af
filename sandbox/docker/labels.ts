/** The labels of the images that Drydock makes: by them they are found, and told from all others. */

/** How an image came about. */
export type ImageKind = 'own' | 'dockerfile' | 'devcontainer' | 'setup' | 'import' | 'eval';

/** What it is, and what it was made of: the same key, the same image. */
export const IMAGE_LABEL = 'drydock.image';
export const KEY_LABEL = 'drydock.key';

/** The labels of an image. They replace what its base image, or a Dockerfile, says under these names. */
export function imageLabels(kind: ImageKind, key: string): Record<string, string> {
  return { [IMAGE_LABEL]: kind, [KEY_LABEL]: key };
}
