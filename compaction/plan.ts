/** The rungs by which a history is made to fit, each as a pure function from a history to a change of the view. */
import { estimateMessage, estimateTokens } from '../models/index.ts';
import { type EventBody, type HistoryItem, handleOf } from '../session/index.ts';
import type { Budget } from './budget.ts';
import { dropBefore, promptsThatStay } from './drop.ts';
import { foldAll, foldSuperseded } from './fold.ts';
import { summaryIn, writeHandoff } from './handoff.ts';
import { ledgerOf, type Standing } from './ledger.ts';
import { notCarried } from './notes.ts';
import { type Action, type Change, seenItems, sizeAfter, sizeOf, tailStart, textOf } from './view.ts';

export type Strategy = Extract<EventBody, { type: 'compaction.finished' }>['strategy'];
export type Rung = Extract<EventBody, { type: 'compaction.finished' }>['rung'];

/** The rungs of a strategy, from the gentlest on. `native`: the provider does it, and ours is the net below. */
export const RUNGS: Readonly<Record<Strategy, readonly Rung[]>> = {
  none: [],
  truncate: ['truncate', 'minimal'],
  summary: ['summarise', 'truncate', 'minimal'],
  layered: ['fold', 'summarise', 'fold_all', 'ledger', 'minimal'],
  native: ['truncate', 'minimal'],
};

/** Whether a strategy keeps a ledger, and lets the model ask for what was left out. */
export function recalls(strategy: Strategy): boolean {
  return strategy === 'layered';
}

export type Situation = {
  history: readonly HistoryItem[];
  /** Counted tokens of a request beside its messages: the system text and the tools. */
  base: number;
  budget: Budget;
  strategy: Strategy;
  standing: Standing;
};

/** A change with what the request takes after it, in counted tokens. */
export type Planned = Change & { after: number };

/** What a summary is to be made of: the seen items before index `end`, with which the handoff takes their place. */
export type SummaryPlan = { seen: readonly HistoryItem[]; end: number };

/** Folds what tells nothing any more; null where nothing does. */
export function planFold({ history, base, budget, standing }: Situation): Planned | null {
  const seen = seenItems(history);
  const actions = foldSuperseded(seen, tailStart(seen, budget.tail), standing.root);
  return actions.length === 0 ? null : planned(history, base, { actions, handoff: null });
}

/** Folds every result outside of the tail; null where there is none to fold. */
export function planFoldAll({ history, base, budget }: Situation): Planned | null {
  const seen = seenItems(history);
  const actions = foldAll(seen, tailStart(seen, budget.tail));
  return actions.length === 0 ? null : planned(history, base, { actions, handoff: null });
}

/**
 * What to summarise: all before the tail, as far as a request with it fits beside `instruction` counted tokens. Null where
 * nothing would leave the view.
 */
export function planSummary({ history, base, budget }: Situation, instruction: number): SummaryPlan | null {
  const seen = seenItems(history);
  const stay = promptsThatStay(seen, budget.prompts);
  const most = tailStart(seen, budget.tail);
  let room = budget.usable - base - instruction;
  let end = 0;
  for (const item of seen.slice(0, most)) {
    room -= sizeOf(item);
    if (room < 0) break;
    end += 1;
  }
  return dropBefore(seen, end, stay, '').length === 0 ? null : { seen, end };
}

/** Puts a summary in the place of what it was made of. */
export function planSummarised(situation: Situation, { seen, end }: SummaryPlan, summary: string): Planned {
  return dropTo(situation, seen, end, 'summarised', { summary, ledger: situation.budget.ledger });
}

/** Leaves out the oldest, with no more than a line about it, until the target is met. */
export function planTruncate(situation: Situation): Planned | null {
  const { history, base, budget } = situation;
  const seen = seenItems(history);
  const stay = promptsThatStay(seen, budget.prompts);
  const prompts = seen.filter(({ id }) => stay.has(id)).reduce((sum, item) => sum + sizeOf(item), 0);
  const start = tailStart(seen, Math.max(0, budget.target - base - prompts - NOTE_TOKENS));
  const change = dropTo(situation, seen, start, 'the oldest', { summary: '', ledger: 0 });
  return change.actions.length === 0 ? null : planned(history, base, change);
}

/** Drops all before the tail; the ledger and the last summary stand for it. */
export function planLedger(situation: Situation): Planned | null {
  const { budget } = situation;
  const seen = seenItems(situation.history);
  const summary = lastSummary(situation.history);
  const kept = estimateTokens(summary) <= budget.summary * 2 ? summary : '';
  const change = dropTo(situation, seen, tailStart(seen, budget.tail), 'left to the ledger', {
    summary: kept,
    ledger: budget.ledger,
  });
  return change.actions.length === 0 ? null : change;
}

/**
 * Keeps what the task cannot go on without: the user's first and newest message, a short ledger, and the newest turn with
 * its results clipped; not even that turn where its own words do not fit.
 */
export function planMinimal(situation: Situation): Planned | null {
  const { history, base, budget, strategy } = situation;
  const seen = seenItems(history);
  const last = seen.at(-1);
  const note = { summary: '', ledger: recalls(strategy) ? Math.floor(budget.ledger / 2) : 0 };
  const start = last === undefined || last.kind === 'handoff' ? seen.length : seen.length - 1;
  const onlyPrompts = (items: readonly HistoryItem[]) => promptsThatStay(items, 0);
  const whole = dropTo(situation, seen, start, 'to keep the least', note, onlyPrompts);
  if (whole.after <= budget.target || last === undefined) return changes(whole);
  const results = last.calls.flatMap(({ result, shown }) => shown ?? result ?? []);
  const beside = whole.after - results.reduce((sum, result) => sum + estimateMessage(result), 0);
  const share = Math.floor((budget.target - beside) / Math.max(1, results.length));
  if (share >= LEAST_RESULT) {
    const clips = clipResults(last, share);
    const clipped = { ...whole, actions: [...whole.actions, ...clips] };
    return changes(planned(history, base, clipped));
  }
  return changes(dropTo(situation, seen, seen.length, 'to keep the least', note, onlyPrompts));
}

/** Of the smallest share that still says something of a result. */
const LEAST_RESULT = 60;
/** What a handoff takes that says no more than that something was left out. */
const NOTE_TOKENS = 160;

function changes(change: Planned): Planned | null {
  return change.actions.length === 0 ? null : change;
}

function planned(history: readonly HistoryItem[], base: number, change: Change): Planned {
  return { ...change, after: base + sizeAfter(history, change) };
}

function dropTo(
  situation: Situation,
  seen: readonly HistoryItem[],
  end: number,
  reason: string,
  parts: { summary: string; ledger: number },
  stayOf: (items: readonly HistoryItem[]) => Set<number> = (items) => promptsThatStay(items, situation.budget.prompts),
): Planned {
  const { history, base, strategy, standing } = situation;
  const stay = stayOf(seen);
  const actions = dropBefore(seen, end, stay, reason);
  const gone = new Set(seen.slice(0, end).filter(({ id }) => !stay.has(id)));
  const past = history.filter((item) => item.kind !== 'handoff' && (item.hidden || gone.has(item)));
  const recall = recalls(strategy);
  const dropped = past.filter(({ kind }) => kind === 'prompt');
  const noted = {
    decided: notCarried(history, 'Decisions', parts.summary),
    found: notCarried(history, 'Findings', parts.summary),
  };
  const ledger = recall ? ledgerOf(past, dropped, noted, standing, parts.ledger) : '';
  const note = parts.summary === '' && !recall ? `[${past.length} earlier messages were left out]` : '';
  const handoff = writeHandoff({ ledger, summary: parts.summary, recall, note });
  // With nothing to drop an older handoff stays as it is.
  return planned(history, base, { actions, handoff: actions.length === 0 ? null : handoff });
}

function lastSummary(history: readonly HistoryItem[]): string {
  const handoff = history.findLast(({ kind, hidden }) => kind === 'handoff' && !hidden);
  return handoff === undefined ? '' : summaryIn(textOf(handoff.message));
}

/** The results of an item with head and tail of about `share` counted tokens each. */
export function clipResults(item: HistoryItem, share: number): Action[] {
  return item.calls.flatMap((state, index): Action[] => {
    const shown = state.shown ?? state.result;
    if (shown === null || estimateMessage(shown) <= share) return [];
    const handle = handleOf(item, index);
    const text = clipText(textOf(shown), share, handle);
    const after = estimateMessage({ ...shown, content: [{ type: 'text', text }] });
    return [{ type: 'clip', handle, before: estimateMessage(shown), after, text, reason: 'too large for the window' }];
  });
}

/** Head and tail of a text, about `tokens` in all, with a line between them that says where the rest is. */
export function clipText(text: string, tokens: number, handle: string): string {
  const note = `[${Buffer.byteLength(text)} bytes in all, shortened here: ${handle} has the whole]`;
  let characters = Math.floor(
    (text.length * Math.max(0, tokens - estimateTokens(note) - 8)) / Math.max(1, estimateTokens(text)),
  );
  for (;;) {
    const head = text.slice(0, Math.floor(characters / 3));
    const tail = characters - head.length > 0 ? text.slice(text.length - (characters - head.length)) : '';
    const clipped = [head, note, tail]
      .filter((part) => part !== '')
      .join('\n')
      .toWellFormed();
    if (characters === 0 || estimateTokens(clipped) + 8 <= tokens) return clipped;
    characters = Math.floor(characters * 0.8);
  }
}
