/** A session as it was after one of its turns: its events, its files. Pure, over the events in the log's order. */
import type { EventBody } from './events.ts';
import type { FoldedEvent } from './fold.ts';

export type Checkpoint = Extract<EventBody, { type: 'checkpoint' }>;

type Placed = { checkpoint: Checkpoint; position: number };

function isTurn(event: FoldedEvent): boolean {
  return event.type === 'model.responded' && event.stopReason !== 'error';
}

/**
 * Each checkpoint with the turn after which its files were there. What is undone is undone after the turns so far: half a
 * turn later, so that these turns' own files can still be had.
 */
function placed(events: readonly FoldedEvent[]): Placed[] {
  const all: Placed[] = [];
  let turns = 0;
  for (const event of events) {
    if (isTurn(event)) turns += 1;
    if (event.type !== 'checkpoint') continue;
    all.push({ checkpoint: event, position: event.trigger === 'undo' ? turns + 0.5 : (event.turn ?? turns) });
  }
  return all;
}

/** How many turns the events have. */
export function countTurns(events: readonly FoldedEvent[]): number {
  return events.filter(isTurn).length;
}

/** The newest checkpoint with the files as they were after `turn`; null: nothing had been saved, so they were the base's. */
export function filesAfter(events: readonly FoldedEvent[], turn: number): Checkpoint | null {
  return placed(events).findLast(({ position }) => position <= turn)?.checkpoint ?? null;
}

/** A turn whose own files were not saved though it may have changed some: whose files stand in for them. */
export type Unsaved = {
  turn: number;
  /** The nearest earlier one that was saved; 0: the files at the start. */
  shown: number;
  /** The first later one that was saved; null: none was. */
  next: number | null;
};

/**
 * Whether the files after `turn` are only those of an earlier one, for it may have changed some (`mayWrite` says which tools
 * do) and a checkpoint was put off or cut off. Null: they are its own, or nothing has changed in between.
 */
export function unsavedTurn(
  events: readonly FoldedEvent[],
  turn: number,
  mayWrite: (tool: string) => boolean,
): Unsaved | null {
  const points = placed(events);
  const own = points.findLast(({ position }) => position <= turn);
  const from = own?.position ?? 0;
  let turns = 0;
  let write = -1;
  for (const [index, event] of events.entries()) {
    if (isTurn(event)) turns += 1;
    const writes = event.type === 'verify.finished' || (event.type === 'tool.started' && mayWrite(event.name));
    if (writes && turns > from && turns <= turn) write = index;
  }
  if (write < 0) return null;
  const next = points.find(({ checkpoint, position }) => checkpoint.trigger !== 'undo' && position > turn);
  // What differs in neither has not changed, unless it was changed back.
  if (own !== undefined && next?.checkpoint.tree === own.checkpoint.tree) return null;
  // A run that ended in order without any file to save.
  const wasLooked = events.slice(write).some((event) => event.type === 'exported' && event.commit === null);
  if (own === undefined && next === undefined && wasLooked) return null;
  const shown = own === undefined ? 0 : (own.checkpoint.turn ?? Math.floor(own.position));
  return { turn, shown, next: next?.position ?? null };
}

/**
 * The events up to the end of `turn`: all before the first request of a later one, and the checkpoints of these turns, which
 * are logged while the next one is under way.
 */
export function upToTurn<Event extends FoldedEvent>(events: readonly Event[], turn: number): Event[] {
  const next = events.findIndex((event) => event.type === 'model.requested' && event.turn > turn);
  if (next < 0) return [...events];
  const late = events
    .slice(next)
    .filter(
      (event) =>
        event.type === 'checkpoint' && event.trigger !== 'undo' && event.turn !== undefined && event.turn <= turn,
    );
  return [...events.slice(0, next), ...late];
}

/**
 * Where undoing once more leads: to the files before those that are there now, or to the base's (`checkpoint` null, turn 0).
 * Null: there is nothing to undo. `baseTree` is the tree of the base.
 */
export function undoTarget(
  events: readonly FoldedEvent[],
  baseTree: string,
): { turn: number; checkpoint: Checkpoint | null } | null {
  const past: { turn: number; checkpoint: Checkpoint }[] = [];
  for (const { checkpoint, position } of placed(events)) {
    const turn = checkpoint.turn ?? position;
    if (checkpoint.trigger === 'undo') {
      // What was undone is no past to go back to. (It can still be named.)
      while ((past.at(-1)?.turn ?? 0) > turn) past.pop();
    }
    past.push({ turn, checkpoint });
  }
  const tree = past.at(-1)?.checkpoint.tree ?? baseTree;
  const before = past.findLast(({ checkpoint }) => checkpoint.tree !== tree);
  if (before) return before;
  return tree === baseTree ? null : { turn: 0, checkpoint: null };
}
