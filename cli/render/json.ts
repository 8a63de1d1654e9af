/** A run as JSON Lines: log events as they are stored, and the deltas between them; docs/events.md. */
import type { TaskEvent } from '../../agent/index.ts';

/** One line, with its line feed. */
export function jsonLine(event: TaskEvent): string {
  switch (event.type) {
    case 'log':
      return `${JSON.stringify(event.event)}\n`;
    case 'delta':
      return `${JSON.stringify({ ...event.delta, type: `delta.${event.delta.type.replace(/_delta$/, '')}` })}\n`;
    case 'progress':
      return `${JSON.stringify({ type: 'progress', text: event.text })}\n`;
  }
}
