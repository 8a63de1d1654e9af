import { describe, expect, it } from 'vitest';
import { chooseLeftovers, isLeftover, ownerIn, type SessionThing, type Standing } from './leftovers.ts';

const standing = (session: Standing['session'], owner: Standing['owner'], recorded = false): Standing => ({
  session,
  owner,
  recorded,
});

describe('a thing of a session', () => {
  it.each<[string, boolean, Standing, boolean]>([
    ['of a dead owner', true, standing('free', 'dead'), true],
    ['of a dead owner, whose session somebody has resumed', true, standing('held', 'dead'), false],
    ['that a resume can go on in', true, standing('free', 'dead', true), false],
    ['that a resume could have gone on in, but that has ended', false, standing('free', 'dead', true), true],
    ['of a live owner', true, standing('free', 'alive'), false],
    ['of a live owner whose session is kept elsewhere', false, standing('elsewhere', 'alive'), false],
    ['of an owner that cannot be asked, whose session is here', true, standing('free', 'unknown'), true],
    ['of an owner that cannot be asked, whose session is in use', true, standing('held', 'unknown'), false],
    ['of an owner that cannot be asked, whose session is not here', false, standing('elsewhere', 'unknown'), false],
    ['that runs, of a dead owner whose session is not here', true, standing('elsewhere', 'dead'), false],
    ['that does not run, of a dead owner whose session is not here', false, standing('elsewhere', 'dead'), true],
  ])('%s (running: %s, %j) is left over: %s', (_, running, known, left) => {
    expect(isLeftover({ running }, known)).toBe(left);
  });
});

describe('the leftovers', () => {
  const thing = (kind: SessionThing['kind'], session: string, owner: Standing['owner']) => ({
    kind,
    id: `${kind} of ${session}`,
    name: '',
    session,
    owner: null,
    running: false,
    life: owner,
  });

  it('are containers first, and no network or volume of a session that keeps a container', () => {
    const things = [
      thing('network', 'a', 'dead'),
      thing('volume', 'b', 'dead'),
      thing('network', 'b', 'unknown'),
      thing('container', 'b', 'alive'),
      thing('container', 'a', 'dead'),
    ];
    const lives = new Map(things.map(({ id, life }) => [id, life]));
    const chosen = chooseLeftovers(things, ({ id }) => standing('free', lives.get(id) ?? 'unknown'));
    expect(chosen.map(({ id }) => id)).toEqual(['container of a', 'network of a']);
  });
});

describe('the owner in labels', () => {
  it('is read where all of it is there', () => {
    const owner = { host: 'h', pid: 7, startTime: '12' };
    expect(ownerIn({ 'drydock.owner': JSON.stringify(owner) })).toEqual(owner);
  });

  it.each(['', 'nobody', '7', '{"host":"h","pid":0,"startTime":null}', '{"host":"h","pid":-1,"startTime":null}'])(
    'is nobody in %j',
    (label) => {
      expect(ownerIn({ 'drydock.owner': label })).toBeNull();
    },
  );

  it('is nobody without a label', () => {
    expect(ownerIn({})).toBeNull();
  });
});
