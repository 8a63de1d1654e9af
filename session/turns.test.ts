import { describe, expect, it } from 'vitest';
import type { EventBody } from './events.ts';
import { finished, prompt, responded, runFinished, sampleCreated, started } from './sample-events.ts';
import { countTurns, filesAfter, undoTarget, unsavedTurn, upToTurn } from './turns.ts';

const BASE = 'base';
const created: EventBody = { type: 'session.created', ...sampleCreated() };
const requested = (turn: number): EventBody => ({ type: 'model.requested', turn, estimatedTokens: 1 });
const point = (turn: number, tree: string, trigger = 'turn'): EventBody => ({
  type: 'checkpoint',
  turn,
  tree,
  commit: `commit of ${tree}`,
  files: [],
  trigger,
});
/** One turn with one call; `late` is what the log gets while the next request is under way. */
const turn = (n: number, ...late: EventBody[]): EventBody[] => [
  requested(n),
  ...late,
  responded(n, { calls: [`c${n}`] }),
  started(n, `c${n}`),
  finished(n, `c${n}`),
];

/** Turns 1 and 3 changed files; the checkpoint of a turn is logged during the next. */
const LOG: EventBody[] = [
  created,
  prompt('task'),
  ...turn(1),
  ...turn(2, point(1, 'one')),
  ...turn(3),
  requested(4),
  point(3, 'three'),
  responded(4, { text: 'done' }),
  point(4, 'three', 'run_end'),
  runFinished(),
];

describe('the files after a turn', () => {
  it('are those of the newest checkpoint up to it, whenever that was logged', () => {
    const trees = [0, 1, 2, 3, 4].map((n) => filesAfter(LOG, n)?.tree ?? null);
    expect(trees).toEqual([null, 'one', 'one', 'three', 'three']);
  });

  it('are from the next turn on those that were gone back to, and before it still their own', () => {
    const log = [...LOG, point(1, 'one', 'undo'), prompt('again'), ...turn(5)];
    const trees = [3, 4, 5].map((n) => filesAfter(log, n)?.tree);
    expect(trees).toEqual(['three', 'three', 'one']);
  });
});

describe('a turn whose files were not saved', () => {
  const unsaved = (log: EventBody[], n: number, mayWrite = true) => unsavedTurn(log, n, () => mayWrite);

  it('is told with the turn that stands in for it and the next that was saved', () => {
    expect([0, 1, 2, 3, 4].map((n) => unsaved(LOG, n))).toEqual([
      null,
      null,
      { turn: 2, shown: 1, next: 3 },
      null,
      null,
    ]);
    const none = [created, prompt('task'), ...turn(1), ...turn(2), requested(3), point(2, 'two')];
    expect(unsaved(none, 1)).toEqual({ turn: 1, shown: 0, next: 2 });
    expect(unsaved([created, prompt('task'), ...turn(1), ...turn(2)], 2)).toEqual({ turn: 2, shown: 0, next: null });
  });

  it('is none where no tool has written, or where the next checkpoint shows that nothing had changed', () => {
    expect(unsaved(LOG, 2, false)).toBeNull();
    const same = [created, prompt('task'), ...turn(1), ...turn(2, point(1, 'one')), requested(3), point(3, 'one')];
    expect(unsaved(same, 2)).toBeNull();
    const exported: EventBody = {
      type: 'exported',
      branch: null,
      commit: null,
      base: null,
      files: [],
      flattened: [],
      patchHandle: null,
    };
    expect(unsaved([created, prompt('task'), ...turn(1), ...turn(2), exported], 1)).toBeNull();
  });

  it('is told after an undo too, which has saved nothing of it', () => {
    const log = [
      ...LOG,
      point(1, 'one', 'undo'),
      prompt('again'),
      ...turn(5),
      ...turn(6),
      requested(7),
      point(6, 'six'),
    ];
    expect(unsaved(log, 5)).toEqual({ turn: 5, shown: 1, next: 6 });
  });
});

describe('the events up to a turn', () => {
  it('end before the next request, and have the checkpoint that was logged late', () => {
    const kept = upToTurn(LOG, 1);
    expect(kept).toEqual([created, prompt('task'), ...turn(1), point(1, 'one')]);
    expect(countTurns(kept)).toBe(1);
  });

  it('are all of them after the last turn, and none of any turn before the first', () => {
    expect(upToTurn(LOG, 4)).toEqual(LOG);
    expect(upToTurn(LOG, 0)).toEqual([created, prompt('task')]);
  });
});

describe('undo', () => {
  /** Undoes until there is nothing left and gives the trees on the way. */
  const undoAll = (log: EventBody[]): string[] => {
    const trees: string[] = [];
    const events = [...log];
    for (let target = undoTarget(events, BASE); target; target = undoTarget(events, BASE)) {
      const tree = target.checkpoint?.tree ?? BASE;
      trees.push(tree);
      if (trees.length > 9) break;
      events.push(point(target.turn, tree, 'undo'));
    }
    return trees;
  };

  it('goes back one change at a time until it is at the base', () => {
    expect(undoAll(LOG)).toEqual(['one', BASE]);
  });

  it('does nothing where no file was changed', () => {
    expect(undoTarget([created, prompt('task'), ...turn(1)], BASE)).toBeNull();
    expect(undoTarget([created, prompt('task'), ...turn(1), point(1, BASE)], BASE)).toBeNull();
  });

  it('after new work leads to where that began, not to what had been undone before it', () => {
    const log = [...LOG, point(1, 'one', 'undo'), prompt('again'), ...turn(5), point(5, 'five', 'run_end')];
    expect(undoAll(log)).toEqual(['one', BASE]);
  });

  it('after a step forward leads back again', () => {
    const log = [...LOG, point(1, 'one', 'undo'), point(3, 'three', 'undo')];
    expect(undoAll(log)).toEqual(['one', BASE]);
  });

  it('goes back to the uncommitted files that the work began with', () => {
    const log = [created, point(0, 'dirty', 'include_dirty'), ...LOG.slice(1)];
    expect(undoAll(log).slice(0, 2)).toEqual(['one', 'dirty']);
  });
});
