/** A session's move to another model in one line. */
import type { SessionEvent } from '../../session/index.ts';
import { oneLine, type Paint } from './text.ts';

/** `→ openai:gpt-… · effort high`; with the failure that made a fallback necessary. */
export function modelChange(event: Extract<SessionEvent, { type: 'model.changed' }>, paint: Paint): string {
  const effort = event.reasoningEffort === null ? '' : ` · effort ${event.reasoningEffort}`;
  if (event.error === undefined) return paint('dim', `→ ${event.model}${effort}`);
  const { kind, message } = event.error;
  return paint(
    'yellow',
    `! ${event.from} failed (${kind}: ${oneLine(message, 160)}); going on with ${event.model}${effort}`,
  );
}
