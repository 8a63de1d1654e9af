import { describe, expect, it } from 'vitest';
import type { EventBody, SessionEvent } from './events.ts';
import { chooseSessions, type Retained, workOf } from './retention.ts';
import { prompt, runFinished, sampleCreated } from './sample-events.ts';

const FILES = [{ path: 'a', added: 1, removed: 0 }];
const checkpoint = (commit: string, files = FILES, trigger = 'turn', more: { moreFiles?: number } = {}): EventBody => ({
  type: 'checkpoint',
  commit,
  tree: `tree of ${commit}`,
  files,
  ...more,
  trigger,
});
const exported = (commit: string | null, more: { branch?: string; applied?: boolean; files?: [] }): EventBody => ({
  type: 'exported',
  branch: null,
  commit,
  base: 'base',
  files: FILES,
  flattened: [],
  patchHandle: null,
  ...more,
});
const created: EventBody = { type: 'session.created', ...sampleCreated() };
const log = (...bodies: EventBody[]): SessionEvent[] =>
  bodies.map((body, index) => ({ v: 1, seq: index + 1, at: '2026-01-01T00:00:00Z', ...body }));

describe('the work of a session', () => {
  it.each<[string, EventBody[], string]>([
    ['on a branch', [checkpoint('c'), exported('c', { branch: 'b' }), runFinished()], 'handed_over'],
    ['in the working tree', [checkpoint('c'), exported('c', { applied: true }), runFinished()], 'handed_over'],
    ['printed as a patch only', [checkpoint('c'), exported('c', { applied: false }), runFinished()], 'undelivered'],
    ['exported by a version that did not say', [exported('c', {}), runFinished()], 'undelivered'],
    ['a checkpoint of a run whose sandbox was lost', [checkpoint('c'), runFinished()], 'undelivered'],
    [
      'on a branch, then changed by a run whose sandbox was lost',
      [exported('c', { branch: 'b' }), runFinished(), prompt('more'), checkpoint('d'), runFinished()],
      'undelivered',
    ],
    ['without a change', [exported(null, { files: [] }), runFinished()], 'handed_over'],
    ['without anything, since the model did not answer', [runFinished()], 'handed_over'],
    ['undone to the base', [checkpoint('c'), runFinished(), checkpoint('base', [], 'undo')], 'handed_over'],
    ["the user's own uncommitted files", [checkpoint('c', FILES, 'include_dirty'), runFinished()], 'handed_over'],
    [
      'on a branch, and a new prompt without an end',
      [exported('c', { branch: 'b' }), runFinished(), prompt('x')],
      'unfinished',
    ],
    ['cut off', [checkpoint('c')], 'unfinished'],
  ])('%s', (_, rest, state) => {
    expect(workOf(log(created, prompt('do it'), ...rest)).state).toBe(state);
  });

  it('of one that was begun and never asked for anything is unfinished', () => {
    expect(workOf(log(created)).state).toBe('unfinished');
  });

  it('is in place where it was done on the host', () => {
    const sandbox = { backend: 'host' as const, image: null, network: 'full' as const, workspace: '/r' };
    const onHost: EventBody = { type: 'session.created', ...sampleCreated(), sandbox };
    expect(workOf(log(onHost, prompt('do it'), exported('c', {}), runFinished())).state).toBe('handed_over');
  });

  it('counts the files that were not handed over', () => {
    expect(workOf(log(created, checkpoint('c'), runFinished())).files).toBe(1);
    expect(workOf(log(created, checkpoint('c', FILES, 'turn', { moreFiles: 4 }), runFinished())).files).toBe(5);
  });
});

describe('the sessions to remove', () => {
  const session = (id: string, lastUsed: number, state: Retained['state'] = 'handed_over'): Retained => ({
    id,
    lastUsed,
    bytes: 10,
    state,
  });
  const choose = (sessions: Retained[], olderThanMs: number, keepBytes: number) => {
    const { remove, spared } = chooseSessions(sessions, { now: 100, olderThanMs, keepBytes });
    return [remove.map(({ id }) => id), spared.map(({ id }) => id)];
  };

  it('are those last used too long ago', () => {
    expect(choose([session('new', 90), session('old', 10), session('edge', 50)], 50, 1000)).toEqual([['old'], []]);
  });

  it('are the oldest beyond the size, however young', () => {
    const all = [session('c', 99), session('a', 97), session('b', 98)];
    expect(choose(all, 50, 20)).toEqual([['a'], []]);
    expect(choose(all, 50, 9)).toEqual([['a', 'b', 'c'], []]);
    expect(choose(all, 50, 30)).toEqual([[], []]);
  });

  it('count as removed when the size is looked at', () => {
    expect(choose([session('old', 1), session('b', 98), session('c', 99)], 50, 20)).toEqual([['old'], []]);
  });

  it('are none in use, and none with work that is nowhere else, which are named', () => {
    const all = [
      session('in use', 1, 'running'),
      session('lost', 2, 'undelivered'),
      session('cut', 3, 'unfinished'),
      session('torn', 4, 'damaged'),
      session('done', 5),
      session('new', 99, 'undelivered'),
    ];
    expect(choose(all, 50, 1000)).toEqual([['done'], ['lost', 'cut', 'torn']]);
  });
});
