/** Compactions for a person: a line each as they happen, and afterwards what was kept and what went. */
import type { SessionEvent } from '../../session/index.ts';
import { duration, oneLine, type Paint, printable, spending, tokens } from './text.ts';

type Started = Extract<SessionEvent, { type: 'compaction.started' }>;
type Finished = Extract<SessionEvent, { type: 'compaction.finished' }>;
type Failed = Extract<SessionEvent, { type: 'compaction.failed' }>;
type Action = Finished['actions'][number];

/** Of results that were made shorter, so many are named. */
const MAX_NAMED = 8;

/** Of these the next step, or the end of the command or the run, says what matters. */
const QUIET: ReadonlySet<string> = new Set(['too_little', 'nothing', 'aborted']);

/** `compacted (summarise): 19.2k → 6.4k tokens`, or why a step of it did not work; empty for what does not matter. */
export function compaction(event: Started | Finished | Failed, paint: Paint): string {
  if (event.type === 'compaction.started' || ('reason' in event && QUIET.has(event.reason))) return '';
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

/** From a start to its end: the steps that did not work, and the change; `finished` null: there was none. */
type Attempt = {
  started: Started;
  /** How many turns came before it. */
  turn: number;
  failed: Failed[];
  finished: Finished | null;
  /** Input tokens by the provider: of the response before, and of the next one. */
  reported: { before: number | null; after: number | null };
};

/** All compactions of a session, each with what was kept and what went; a line that says so where there were none. */
export function describeCompactions(events: readonly SessionEvent[], paint: Paint): string {
  const attempts = attemptsOf(events);
  const changes = attempts.filter(({ finished }) => finished !== null);
  const parts = attempts.map((attempt) => describe(attempt, changes.indexOf(attempt) + 1, paint));
  if (changes.length === 0) return [...parts, 'no compactions: the whole history is still in view'].join('\n\n');
  const recalls = changes.at(-1)?.started.strategy === 'layered' ? '; the model reads it with recall' : '';
  return [...parts, `what went can be read with: drydock show SESSION${recalls}`].join('\n\n');
}

function attemptsOf(events: readonly SessionEvent[]): Attempt[] {
  const attempts: Attempt[] = [];
  let turn = 0;
  let reported: number | null = null;
  for (const event of events) {
    const open = attempts.at(-1);
    switch (event.type) {
      case 'model.responded':
        if (event.error !== undefined) break;
        turn = event.turn;
        reported = event.usage.inputTokens > 0 ? event.usage.inputTokens : null;
        for (const each of attempts) each.reported.after ??= reported;
        break;
      case 'compaction.started':
        attempts.push({
          started: event,
          turn,
          failed: [],
          finished: null,
          reported: { before: reported, after: null },
        });
        break;
      case 'compaction.failed':
        open?.failed.push(event);
        break;
      case 'compaction.finished':
        if (open) open.finished = event;
        break;
      default:
    }
  }
  return attempts;
}

function describe({ started, turn, failed, finished, reported }: Attempt, number: number, paint: Paint): string {
  const { trigger, strategy, focus } = started;
  const about = `after turn ${turn}: ${strategy}`;
  const steps = failed.map((step) =>
    paint('yellow', `  ${step.rung} did not work: ${step.reason}${why(step)}${paid(step)}`),
  );
  const wanted = focus === undefined ? [] : [`  focus: ${oneLine(focus, 300)}`];
  if (finished === null) {
    return [paint('bold', `nothing changed ${about} (${trigger})`), ...wanted, ...steps].join('\n');
  }
  const { rung, tokensBefore, tokensAfter, actions, struck, handoff, durationMs } = finished;
  const estimated = `${tokens(tokensBefore)} → ${tokens(tokensAfter)} tokens estimated`;
  return [
    paint('bold', `compaction ${number}, ${about}, ${rung} (${trigger})`),
    `  ${estimated}, ${words(reported.before)} → ${words(reported.after)} reported; ${duration(durationMs)}${paid(finished)}`,
    ...wanted,
    ...steps,
    ...actionLines(actions),
    ...struck.map((text) => paint('yellow', `  struck: ${oneLine(text, 300)}`)),
    ...(handoff === null
      ? []
      : printable(handoff)
          .split('\n')
          .map((line) => paint('dim', `    ${line}`))),
  ].join('\n');
}

function actionLines(actions: readonly Action[]): string[] {
  const dropped: string[] = [];
  const kept: string[] = [];
  const shorter: string[] = [];
  for (const action of actions) {
    const reason = oneLine(action.reason, 160);
    const before = tokens(action.before);
    if (action.type === 'drop') {
      const range = oneLine(`${action.from} to ${action.to}`, 40);
      dropped.push(`  dropped ${range}: ${action.items} items, ${before} tokens, ${reason}`);
    } else if (action.type === 'keep') kept.push(`  kept ${oneLine(action.handle, 20)}: ${before} tokens, ${reason}`);
    else {
      const what = action.type === 'fold' ? 'folded' : 'clipped';
      shorter.push(`  ${what} ${oneLine(action.handle, 20)}: ${before} → ${tokens(action.after)} tokens, ${reason}`);
    }
  }
  const more = shorter.length - MAX_NAMED;
  return [
    ...dropped,
    ...kept,
    ...shorter.slice(0, MAX_NAMED),
    ...(more > 0 ? [`  … and ${more} more made shorter`] : []),
  ];
}

function paid({ usage }: Finished | Failed): string {
  return usage.inputTokens > 0 ? `, ${spending(usage)}` : '';
}

function words(count: number | null): string {
  return count === null ? 'nothing' : tokens(count);
}
