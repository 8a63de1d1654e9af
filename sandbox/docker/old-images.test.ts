import { describe, expect, it } from 'vitest';
import { chooseImages, type EngineImage } from './old-images.ts';

const image = (id: string, more: Partial<EngineImage> = {}): EngineImage => ({
  id,
  parent: '',
  tags: [`drydock-setup:${id}`],
  ours: true,
  created: 10,
  bytes: 100,
  ...more,
});
const choose = (images: EngineImage[], used: string[] = []) =>
  chooseImages(images, { now: 100, olderThanMs: 50, current: 'drydock-sandbox:now', used: new Set(used) });
const ids = (...given: Parameters<typeof choose>) => choose(...given).map(({ id }) => id);

describe('the images to remove', () => {
  it('are old ones of ours, with a name or without', () => {
    expect(ids([image('old'), image('nameless', { tags: [] }), image('new', { created: 60 })])).toEqual([
      'old',
      'nameless',
    ]);
  });

  it.each<[string, Partial<EngineImage>]>([
    ['is not ours', { ours: false }],
    ['is the one that sandboxes are made of now', { tags: ['drydock-sandbox:now'] }],
    ['has a name of somebody else', { tags: ['drydock-setup:a', 'mine:latest'] }],
  ])('are none that %s', (_, more) => {
    expect(ids([image('a', more)])).toEqual([]);
  });

  it('are none that a container was made of', () => {
    expect(ids([image('a'), image('b')], ['a'])).toEqual(['b']);
  });

  it('are none that one which stays was made of, even by steps without a name', () => {
    const step = image('step', { parent: 'base', tags: [], ours: false });
    expect(ids([image('base'), step, image('child', { parent: 'step', created: 90 })])).toEqual([]);
    expect(ids([image('base'), image('theirs', { parent: 'base', ours: false, tags: ['x:1'] })])).toEqual([]);
  });

  it('are removed after what was made of them, each freeing what it adds', () => {
    const root = image('root', { ours: false, tags: ['debian:12'], bytes: 70 });
    const base = image('base', { parent: 'root' });
    const step = image('step', { parent: 'base', tags: [], ours: false, bytes: 120 });
    const child = image('child', { parent: 'step', bytes: 150 });
    expect(choose([root, base, step, child]).map(({ id, bytes }) => [id, bytes])).toEqual([
      ['child', 50],
      ['base', 30],
    ]);
  });

  it('keep what a failed build has left of one, since it may be going on', () => {
    expect(ids([image('base'), image('step', { parent: 'base', tags: [], ours: false })])).toEqual([]);
  });
});
