/**
 * The history of a session: everything that was said, in order, and what of it the model sees. Items never leave the
 * history, so that what a compaction has taken out of view can still be found. Pure.
 */
import { type Message, overGrowing, type ToolCallPart, type ToolResultMessage } from '../models/index.ts';
import type { EventBody } from './events.ts';

type Body<T extends EventBody['type']> = Extract<EventBody, { type: T }>;

/** A tool call of a response. */
export type HistoryCall = {
  call: ToolCallPart;
  started: boolean;
  /** Null: there is none yet. */
  result: ToolResultMessage | null;
  details: Body<'tool.finished'>['details'];
  /** What the model sees in place of the result; null: the result itself. */
  shown: ToolResultMessage | null;
};

/** `handoff`: what a compaction put in the place of what it dropped. */
export type HistoryItem = {
  /** 1 for the first item of the session, and so on. */
  id: number;
  kind: 'prompt' | 'notice' | 'response' | 'handoff';
  message: Message;
  /** Of a response; else 0. */
  turn: number;
  calls: readonly HistoryCall[];
  /** Whether the model no longer sees it, nor its results. */
  hidden: boolean;
};

/** A tool call that has no result yet. */
export type PendingCall = { turn: number; call: ToolCallPart };

/** The name by which an item is found again, e.g. `m12`; with `call` (from 0) that of the call's result, e.g. `m12.1`. */
export function handleOf(item: Pick<HistoryItem, 'id'>, call?: number): string {
  return call === undefined ? `m${item.id}` : `m${item.id}.${call + 1}`;
}

/** What a handle names: `call` from 0; null for the item itself. Null for what is no handle of an item. */
export function parseHandle(handle: string): { id: number; call: number | null } | null {
  const { id, call } = /^m(?<id>[1-9]\d{0,8})(\.(?<call>[1-9]\d{0,5}))?$/.exec(handle)?.groups ?? {};
  if (id === undefined) return null;
  return { id: Number(id), call: call === undefined ? null : Number(call) - 1 };
}

/** An item without calls, to stand at the end of `history`. */
export function plainItem(
  history: readonly HistoryItem[],
  kind: HistoryItem['kind'],
  content: Body<'prompt'>['content'],
): HistoryItem {
  return { id: history.length + 1, kind, message: { role: 'user', content }, turn: 0, calls: [], hidden: false };
}

export const CUT_CALL =
  'not run: the output was cut at its token limit, so this call may be incomplete. Make a smaller call.';

/** The item for a response that did not fail; null: it said nothing, and providers refuse empty messages. */
export function respondedItem(history: readonly HistoryItem[], event: Body<'model.responded'>): HistoryItem | null {
  if (event.message.content.length === 0) return null;
  const calls = event.message.content.filter((part) => part.type === 'tool_call');
  const cut = event.stopReason === 'max_tokens';
  return {
    id: history.length + 1,
    kind: 'response',
    message: event.message,
    turn: event.turn,
    calls: calls.map((call) => ({
      call,
      started: false,
      result: cut ? textResult(call.id, CUT_CALL) : null,
      details: {},
      shown: null,
    })),
    hidden: false,
  };
}

/**
 * Changes the open call that an event is about: the first with its id in the newest message that has one, because some
 * servers use the same ids in every turn. Where the event's turn has such a call, that one is meant.
 */
export function replaceCall(
  history: HistoryItem[],
  event: { turn: number; callId: string },
  accept: (state: HistoryCall) => boolean,
  change: Partial<HistoryCall>,
): void {
  const open = (state: HistoryCall) => state.result === null && state.call.id === event.callId && accept(state);
  const inTurn = history.findLastIndex((item) => item.turn === event.turn && item.calls.some(open));
  const at = inTurn >= 0 ? inTurn : history.findLastIndex((item) => item.calls.some(open));
  const item = history[at];
  if (item === undefined) return;
  const index = item.calls.findIndex(open);
  history[at] = { ...item, calls: item.calls.map((state, i) => (i === index ? { ...state, ...change } : state)) };
}

/**
 * What a compaction made of the history: its items are hidden or shown shorter, and its handoff takes the place of an
 * earlier one, before the first item behind all that was ever dropped.
 */
export function applyCompaction(
  history: readonly HistoryItem[],
  { actions, handoff }: Pick<Body<'compaction.finished'>, 'actions' | 'handoff'>,
): HistoryItem[] {
  const kept = new Set<number>();
  const shorter = new Map<string, string>();
  const ranges: { from: number; to: number }[] = [];
  for (const action of actions) {
    if (action.type === 'keep') kept.add(parseHandle(action.handle)?.id ?? 0);
    else if (action.type === 'drop') {
      const [from, to] = [parseHandle(action.from)?.id, parseHandle(action.to)?.id];
      if (from !== undefined && to !== undefined) ranges.push({ from, to });
    } else shorter.set(action.handle, action.text);
  }
  const isDropped = ({ id }: HistoryItem) => ranges.some(({ from, to }) => id >= from && id <= to) && !kept.has(id);
  const changed = history.map((item) => {
    const hidden = item.hidden || isDropped(item) || (handoff !== null && item.kind === 'handoff');
    const calls = item.calls.some((_, index) => shorter.has(handleOf(item, index)))
      ? item.calls.map((state, index) => shortened(state, shorter.get(handleOf(item, index))))
      : item.calls;
    return hidden === item.hidden && calls === item.calls ? item : { ...item, hidden, calls };
  });
  if (handoff === null) return changed;
  // It stands for everything that has ever been dropped, so also for what an earlier one stood for.
  const gone = changed.findLastIndex(({ kind, hidden }) => hidden && kind !== 'handoff');
  const before = changed.findIndex(({ kind }, index) => index > gone && kind !== 'handoff');
  const made = plainItem(history, 'handoff', [{ type: 'text', text: handoff }]);
  return before < 0 ? [...changed, made] : changed.toSpliced(before, 0, made);
}

function shortened(state: HistoryCall, text: string | undefined): HistoryCall {
  if (text === undefined || state.result === null) return state;
  return { ...state, shown: { ...state.result, content: [{ type: 'text', text }] } };
}

/** What the model sees of a history, and the calls in it that have no result yet. */
type View = { messages: Message[]; pendingCalls: { started: PendingCall[]; notStarted: PendingCall[] } };

/** The view of a history; of what stands before the newest response it is made once, since only that one's calls change. */
export function viewOf(history: readonly HistoryItem[]): View {
  const newest = Math.max(
    0,
    history.findLastIndex(({ kind }) => kind === 'response'),
  );
  const { messages, pendingCalls } = viewBefore(history.slice(0, newest));
  const { started, notStarted } = pendingCalls;
  const view: View = {
    messages: [...messages],
    pendingCalls: { started: [...started], notStarted: [...notStarted] },
  };
  return history.slice(newest).reduce(withItem, view);
}

const emptyView = (): View => ({ messages: [], pendingCalls: { started: [], notStarted: [] } });
const viewBefore = overGrowing<HistoryItem, View>(emptyView, withItem);

/** Changes the view. */
function withItem(view: View, { message, turn, calls, hidden }: HistoryItem): View {
  if (hidden) return view;
  const { messages, pendingCalls } = view;
  messages.push(message);
  for (const { call, started, result, shown } of calls) {
    if (result !== null) messages.push(shown ?? result);
    else (started ? pendingCalls.started : pendingCalls.notStarted).push({ turn, call });
  }
  return view;
}

/** A result that says why a call gave none. */
export function textResult(callId: string, text: string): ToolResultMessage {
  return { role: 'tool', callId, content: [{ type: 'text', text }], isError: true };
}
