import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeToolContext, type TestContext, textOf } from '../../test/tool-context.ts';
import { toolResult } from './result.ts';

const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';
const image = (data = PIXEL) => ({ type: 'image', data, mimeType: 'image/png' });

describe('the result of an MCP call', () => {
  let world: TestContext;
  beforeAll(async () => {
    world = await makeToolContext();
  });
  afterAll(() => world.close());
  const resultOf = (raw: unknown) => toolResult(raw, (text) => text.replace('secret', '[secret]'), world.context);

  it('is its text, without terminal sequences and secrets', async () => {
    const content = [
      { type: 'text', text: '\x1b[31mred\x1b[0m' },
      { type: 'text', text: 'a secret' },
    ];
    expect(textOf(await resultOf({ content }))).toBe('red\na [secret]');
  });

  it('is its structured content where there is no other', async () => {
    expect(textOf(await resultOf({ content: [], structuredContent: { a: 1 } }))).toBe('{"a":1}');
    const both = { content: [{ type: 'text', text: '{ "a": 1 }' }], structuredContent: { a: 1 } };
    expect(textOf(await resultOf(both))).toBe('{ "a": 1 }');
  });

  it('says so when it is empty', async () => {
    expect(textOf(await resultOf({ content: [] }))).toBe('[no output]');
  });

  it('shows images that a provider takes, by their bytes and not by what the server calls them', async () => {
    expect((await resultOf({ content: [image()] })).content).toMatchObject([
      { type: 'image', mediaType: 'image/png', data: PIXEL },
    ]);
    const cut = image(PIXEL.slice(0, 60));
    const fake = image(Buffer.from('text').toString('base64'));
    const { content } = await resultOf({ content: [cut, fake] });
    expect(content).toHaveLength(1);
    expect(content[0]).toMatchObject({
      text: expect.stringMatching(
        /^\[image, PNG image, 45 bytes: damaged or cut off, so it is not shown; kept as \w+\]\n\[image, 4 bytes: cannot be shown; kept as \w+\]$/,
      ),
    });
  });

  it('shows so many images and no more', async () => {
    const blank = { type: 'text', text: ' ' };
    expect((await resultOf({ content: [blank, image()] })).content).toHaveLength(1);
    const { content } = await resultOf({ content: Array.from({ length: 6 }, () => image()) });
    expect(content.filter(({ type }) => type === 'image')).toHaveLength(4);
    expect(content[0]).toMatchObject({ text: expect.stringContaining('at most 4 images') });
  });

  it('has so many parts and no more, however many the server sends', async () => {
    const content = Array.from({ length: 400_000 }, () => ({ type: 'text', text: '' }));
    // With work for each part over those before it this would be minutes, in which the test is ended.
    const text = textOf(await resultOf({ content: [{ type: 'text', text: 'first' }, ...content] }));
    expect(text).toMatch(/^first\n.*\[390001 more parts are left out: at most 10000 of a result are shown\]$/s);
  });

  it('has resources with their names, and keeps what cannot be shown', async () => {
    const blob = Buffer.from([0, 1, 2]).toString('base64');
    const content = [
      { type: 'resource', resource: { uri: 'file:///a', text: 'words' } },
      { type: 'resource', resource: { uri: 'file:///b', blob } },
      { type: 'resource_link', uri: 'file:///c', name: 'see' },
      { type: 'audio', data: blob, mimeType: 'audio/wav' },
    ];
    const text = textOf(await resultOf({ content }));
    expect(text).toMatch(
      /^\[resource file:\/\/\/a\]\nwords\n\[resource file:\/\/\/b, unknown type, 3 bytes: cannot be shown; kept as (\w+)\]\n\[resource file:\/\/\/c: see\]\n\[audio, unknown type, 3 bytes/,
    );
    expect(world.kept.get(/kept as (\w+)/.exec(text)?.[1] ?? '')).toEqual(Buffer.from([0, 1, 2]));
  });
});
