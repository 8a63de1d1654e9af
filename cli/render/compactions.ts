/** Compactions for a person: a line each as they happen, and afterwards what was kept and what went. */
import type { SessionEvent } from '../../session/index.ts';
import { duration, oneLine, type Paint, printable, spending, tokens } from './text.ts';

type Started = Extract<SessionEvent, { type: 'compaction.started' }>;
type Finished = Extract<SessionEvent, { type: 'compaction.finished' }>;
type Failed = Extract<SessionEvent, { type: 'compaction.failed' }>;

/** Of results that were made shorter, so many are named. */
const MAX_NAMED = 8;

/** `compacted (summarise): 19.2k → 6.4k tokens`, or why a step of it did not work; empty for what does not matter. */
export function compaction(event: Started | Finished | Failed, paint: Paint): string {
  if (event.type === 'compaction.started') return '';
  if (event.type === 'compaction.failed') {
    return paint('yellow', `! compaction, ${event.rung}: ${event.reason}${why(event)}; taking the next step`);
  }
  const { rung, tokensBefore, tokensAfter, struck } = event;
  const lost = struck.length === 0 ? '' : `, ${struck.length} struck from the summary`;
  return paint('dim', `compacted (${rung}): ${tokens(tokensBefore)} → ${tokens(tokensAfter)} tokens${lost}`);
}

function why({ rung, reason, text }: Failed): string {
  // Of a summary that was refused the text is the summary itself.
  const isSaid = rung !== 'summarise' || !['empty', 'cut', 'overlong', 'unstructured', 'tool_calls'].includes(reason);
  return isSaid && text !== '' ? ` (${oneLine(text, 160)})` : '';
}

/** All compactions of a session, each with what was kept and what went; a line that says so where there were none. */
export function describeCompactions(events: readonly SessionEvent[], paint: Paint): string {
  const parts: string[] = [];
  let turn = 0;
  let reported: number | null = null;
  let failed: Failed[] = [];
  for (const [index, event] of events.entries()) {
    if (event.type === 'model.responded' && event.error === undefined) {
      turn = event.turn;
      reported = event.usage.inputTokens;
    }
    if (event.type === 'compaction.failed') failed.push(event);
    if (event.type !== 'compaction.finished') continue;
    const next = events.slice(index).find((later) => later.type === 'model.responded' && later.error === undefined);
    const after = next?.type === 'model.responded' ? next.usage.inputTokens : null;
    parts.push(describe(event, { number: parts.length + 1, turn, reported, after, failed }, paint));
    failed = [];
  }
  for (const event of failed) parts.push(compaction(event, paint));
  if (parts.length === 0) return 'no compactions: the whole history is still in view';
  return [...parts, 'what went can be read with: drydock show SESSION; the model reads it with recall'].join('\n\n');
}

type Place = { number: number; turn: number; reported: number | null; after: number | null; failed: readonly Failed[] };

function describe(event: Finished, { number, turn, reported, after, failed }: Place, paint: Paint): string {
  const { trigger, strategy, rung, tokensBefore, tokensAfter, actions, usage } = event;
  const cost = usage.inputTokens > 0 ? `, ${spending(usage)}` : '';
  const shorter = actions.filter((action) => action.type === 'fold' || action.type === 'clip');
  const named = shorter.slice(0, MAX_NAMED).map(({ type, handle, before, after: left, reason }) => {
    return `  ${type === 'fold' ? 'folded' : 'clipped'} ${handle}: ${tokens(before)} → ${tokens(left)} tokens, ${printable(reason)}`;
  });
  return [
    paint('bold', `compaction ${number}, after turn ${turn}: ${strategy}, ${rung} (${trigger})`),
    `  ${tokens(tokensBefore)} → ${tokens(tokensAfter)} tokens estimated, ${words(reported)} → ${words(after)} reported; ${duration(event.durationMs)}${cost}`,
    ...failed.map((one) => paint('yellow', `  ${one.rung} did not work: ${one.reason}${why(one)}`)),
    ...actions.flatMap((action) =>
      action.type === 'drop'
        ? [
            `  dropped ${action.from} to ${action.to}: ${action.items} items, ${tokens(action.before)} tokens, ${printable(action.reason)}`,
          ]
        : [],
    ),
    ...actions.flatMap((action) =>
      action.type === 'keep' ? [`  kept ${action.handle}: ${printable(action.reason)}`] : [],
    ),
    ...named,
    ...(shorter.length > MAX_NAMED ? [`  … and ${shorter.length - MAX_NAMED} more made shorter`] : []),
    ...event.struck.map((text) => paint('yellow', `  struck: ${oneLine(text, 300)}`)),
    ...(event.handoff === null
      ? []
      : printable(event.handoff)
          .split('\n')
          .map((line) => paint('dim', `    ${line}`))),
  ].join('\n');
}

function words(count: number | null): string {
  return count === null ? 'nothing' : tokens(count);
}
