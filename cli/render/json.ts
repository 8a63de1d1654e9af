/** A run as JSON Lines: log events as they are stored, and the deltas between them; docs/events.md. */
import type { TaskEvent } from '../../agent/index.ts';
import { encodeLine } from '../../session/index.ts';

/** One line, with its line feed. */
export function jsonLine(event: TaskEvent): string {
  switch (event.type) {
    case 'log':
      return encodeLine(event.event);
    case 'delta':
      return encodeLine({ ...event.delta, type: `delta.${event.delta.type.replace(/_delta$/, '')}` });
    case 'progress':
      return encodeLine({ type: 'progress', text: event.text });
  }
}
