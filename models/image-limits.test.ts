import { describe, expect, it } from 'vitest';
import { toRequest } from './anthropic.ts';
import { type ImageLimits, limitImages } from './image-limits.ts';
import { type Message, resolveModel } from './index.ts';

const LIMITS: ImageLimits = { count: 10, largeCount: 4, largeSide: 2000, base64Bytes: 1000 };

/** A prompt with an image for each side length, or for each size in base64. */
const withImages = (sides: number[], data = 'AAAA'): Message[] =>
  sides.map((longestSide) => ({
    role: 'user',
    content: [
      { type: 'text', text: 'look' },
      { type: 'image', mediaType: 'image/png', data, longestSide },
    ],
  }));

/** A letter for each image: shown, or left out. */
const shownOf = (messages: readonly Message[], limits = LIMITS) =>
  limitImages(messages, limits)
    .map(({ content }) => (content[1]?.type === 'image' ? 'i' : '-'))
    .join('');

describe('images of a transcript', () => {
  it('are all shown as long as the provider takes them', () => {
    expect(shownOf(withImages(Array(10).fill(2000)))).toBe('iiiiiiiiii');
    expect(shownOf(withImages(Array(4).fill(8000)))).toBe('iiii');
  });

  it('lose the older half when there are too many, or too many for a large one among them', () => {
    expect(shownOf(withImages(Array(11).fill(100)))).toBe('------iiiii');
    expect(shownOf(withImages([100, 100, 100, 100, 8000]))).toBe('---ii');
  });

  it('lose the older half when they are too much together', () => {
    expect(shownOf(withImages([1, 1, 1, 1], 'A'.repeat(300)))).toBe('---i');
    expect(shownOf(withImages([1], 'A'.repeat(3000)))).toBe('i');
  });

  it('count as large where their size is not known', () => {
    const images = withImages(Array(5).fill(1)).map((message): Message => {
      if (message.role !== 'user') return message;
      return {
        ...message,
        content: [...message.content.slice(0, 1), { type: 'image', mediaType: 'image/png', data: '' }],
      };
    });
    expect(shownOf(images)).toBe('---ii');
  });

  it('stay as they are from request to request but for one time in many', () => {
    const all = withImages(Array(60).fill(3000));
    let changes = 0;
    for (let count = 1; count < all.length; count++) {
      const before = JSON.stringify(limitImages(all.slice(0, count), LIMITS)).slice(0, -1);
      if (!JSON.stringify(limitImages(all.slice(0, count + 1), LIMITS)).startsWith(before)) changes += 1;
    }
    expect(changes).toBe(19);
  });
});

it('Anthropic gets at most 20 images once one is larger than 2,000 pixels, and up to 100 else', () => {
  const images = (side: number) => {
    const model = resolveModel('anthropic:claude-opus-5');
    const request = { system: '', messages: withImages(Array(90).fill(side)), tools: [], maxOutputTokens: 100 };
    return JSON.stringify(toRequest(request, model)).match(/"type":"image"/g)?.length;
  };
  expect(images(2000)).toBe(90);
  expect(images(2001)).toBeLessThanOrEqual(20);
});
