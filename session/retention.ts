/** Which sessions may go: pure decisions, so that nobody's work goes by mistake. */
import type { SessionEvent } from './events.ts';

/**
 * How a session's work stands. `unfinished`: its newest run has no end. `undelivered`: files were changed, and neither a
 * branch nor the working tree has them. `handed_over`: the rest, also where there was nothing to hand over.
 */
export type Work = { state: 'unfinished' | 'undelivered' | 'handed_over'; files: number };

/** The types of the events that `workOf` looks at; the others may be left out. */
export const WORK_EVENTS: ReadonlySet<SessionEvent['type']> = new Set([
  'session.created',
  'prompt',
  'model.requested',
  'checkpoint',
  'exported',
  'run.finished',
]);

/** How the work of a session stands, by its events. */
export function workOf(events: readonly SessionEvent[]): Work {
  const created = events.find((event) => event.type === 'session.created');
  // The user's own uncommitted files, which a session may start from, are no work of its own.
  const newest = events.findLast(
    (event) => event.type === 'exported' || (event.type === 'checkpoint' && event.trigger !== 'include_dirty'),
  );
  const known = newest?.type === 'exported' || newest?.type === 'checkpoint' ? newest : null;
  const files = (known?.files.length ?? 0) + (known?.type === 'checkpoint' ? (known.moreFiles ?? 0) : 0);
  const mark = events.findLast(
    ({ type }) => type === 'prompt' || type === 'model.requested' || type === 'run.finished',
  );
  if (mark?.type !== 'run.finished') return { state: 'unfinished', files };
  // On the host the work is in place from the start.
  if (known === null || files === 0 || created?.sandbox.backend === 'host') return { state: 'handed_over', files };
  const exported = events.findLast((event) => event.type === 'exported');
  const taken = exported?.commit === known.commit && (exported.branch !== null || exported.applied === true);
  return { state: taken ? 'handed_over' : 'undelivered', files };
}

/** What decides about a session. `running` has it open; `damaged` cannot be read, so nobody knows what is in it. */
export type Retained = {
  id: string;
  /** Milliseconds since 1970. */
  lastUsed: number;
  bytes: number;
  state: Work['state'] | 'running' | 'damaged';
};

export type Retention = { now: number; olderThanMs: number; keepBytes: number };

/**
 * The sessions to remove: those that were last used too long ago, then the oldest ones until all together are no larger
 * than `keepBytes`. `spared` would go too, but holds what is nowhere else. One that is in use is in neither list.
 */
export function chooseSessions<T extends Retained>(
  sessions: readonly T[],
  { now, olderThanMs, keepBytes }: Retention,
): { remove: T[]; spared: T[] } {
  const remove: T[] = [];
  const spared: T[] = [];
  let total = sessions.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const session of sessions.toSorted((a, b) => a.lastUsed - b.lastUsed)) {
    if (now - session.lastUsed <= olderThanMs && total <= keepBytes) break;
    if (session.state === 'running') continue;
    if (session.state !== 'handed_over') {
      spared.push(session);
      continue;
    }
    remove.push(session);
    total -= session.bytes;
  }
  return { remove, spared };
}
