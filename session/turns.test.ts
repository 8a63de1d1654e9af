import { describe, expect, it } from 'vitest';
import type { EventBody } from './events.ts';
import { finished, prompt, responded, runFinished, sampleCreated, started } from './sample-events.ts';
import { countTurns, filesAfter, undoTarget, upToTurn } from './turns.ts';

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
