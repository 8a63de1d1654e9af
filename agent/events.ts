/** What a run tells its caller while it goes on. */
import type { SessionEvent } from '../session/index.ts';
import type { Delta } from './turn.ts';

/**
 * `log`: an event that was just appended to the session. `delta`: streamed by the model, shown and never stored.
 * `progress`: a line about something slow that is no part of the session (the image is being built, say).
 */
export type TaskEvent =
  | { type: 'log'; event: SessionEvent }
  | { type: 'delta'; delta: Delta }
  | { type: 'progress'; text: string };

export type Emit = (event: TaskEvent) => void;
