/** Keeps a transcript within the images that a provider takes in one request: the oldest give way to a line of text. */
import { overGrowing } from './growing.ts';
import type { ImagePart, Message, TextPart } from './model.ts';

/** `largeCount` holds in place of `count` as soon as one image has more than `largeSide` pixels a side. */
export type ImageLimits = { count: number; largeCount: number; largeSide: number; base64Bytes: number };

/** 500 images and 50 MB in a request (https://developers.openai.com/api/docs/guides/images-vision), and any size. */
export const OPENAI_IMAGE_LIMITS: ImageLimits = {
  count: 500,
  largeCount: 500,
  largeSide: Number.POSITIVE_INFINITY,
  base64Bytes: 40_000_000,
};

/**
 * Replaces images where there are too many. Whenever a limit is passed the older half goes at once, and stays away: which
 * ones are left depends only on the images so far, so the prefix of later requests, which the provider caches, breaks once
 * for many new images and not with each.
 */
export function limitImages(messages: readonly Message[], limits: ImageLimits): readonly Message[] {
  const images = imagesOf(messages);
  if (images.length === 0) return messages;
  const shown = new Set(newest(images, limits));
  if (shown.size === images.length) return messages;
  const shorten = (part: TextPart | ImagePart): TextPart | ImagePart =>
    part.type === 'text' || shown.has(part)
      ? part
      : { type: 'text', text: `[an older image is left out here: ${part.mediaType}]` };
  return messages.map((message) =>
    message.role === 'assistant' ? message : { ...message, content: message.content.map(shorten) },
  );
}

const imagesOf = overGrowing<Message, ImagePart[]>(
  () => [],
  (images, { content }) => {
    for (const part of content) if (part.type === 'image') images.push(part);
    return images;
  },
);

function newest(images: readonly ImagePart[], limits: ImageLimits): ImagePart[] {
  const kept: ImagePart[] = [];
  let bytes = 0;
  for (const image of images) {
    kept.push(image);
    bytes += image.data.length;
    // One whose size is not known may be large.
    const large = kept.some(({ longestSide = Number.MAX_VALUE }) => longestSide > limits.largeSide);
    const most = large ? limits.largeCount : limits.count;
    if (kept.length <= most && bytes <= limits.base64Bytes) continue;
    while (kept.length > most / 2 || (bytes > limits.base64Bytes / 2 && kept.length > 1)) {
      bytes -= kept.shift()?.data.length ?? 0;
    }
  }
  return kept;
}
