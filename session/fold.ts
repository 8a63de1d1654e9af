/** State from events: pure, so that a resume, a viewer and the running loop all see the same session. */
import {
  addUsage,
  type Message,
  NO_USAGE,
  type ToolCallPart,
  type ToolResultMessage,
  type Usage,
} from '../models/index.ts';
import type { CreatedEvent, EventBody, UnknownEvent } from './events.ts';
import { type PlanStep, planOf } from './plan.ts';

/** What the fold takes: an event, with or without its place in the log. */
export type FoldedEvent = EventBody | UnknownEvent;

/** A tool call that has no result yet. */
export type PendingCall = { turn: number; call: ToolCallPart };

type Body<T extends EventBody['type']> = Extract<EventBody, { type: T }>;

/** The model that works on the session, and how; what the log says of it. */
export type CurrentModel = Pick<Body<'model.changed'>, 'model' | 'contextWindow' | 'reasoningEffort' | 'editTool'>;

/** All that the events so far add up to. */
export type SessionState = {
  /** Null only before the first event. */
  created: CreatedEvent | null;
  /** Null only before the first event. */
  model: CurrentModel | null;
  /**
   * The history as the model must see it: prompts and notices as user messages, assistant messages, tool results in
   * the order of their calls, whatever order they came in. Calls in `pendingCalls` have no result here yet.
   */
  messages: Message[];
  pendingCalls: { started: PendingCall[]; notStarted: PendingCall[] };
  /** Of all requests, failed ones included. */
  usage: Usage;
  /** Responses of the model that count as a turn: all but those that ended in an error. */
  turns: number;
  /** The newest words of the user. */
  lastPrompt: Body<'prompt'>['content'] | null;
  /** As the model last wrote it with `update_plan`. */
  plan: PlanStep[];
  /** The commands that a tool call has left running in the sandbox, by handle. */
  processes: Readonly<Record<string, string>>;
  /** How the newest run ended; null: none has ended, or a prompt came after it. */
  lastOutcome: Body<'run.finished'> | null;
  /** What MCP servers offer in this session; null: they were not asked yet. */
  mcp: Body<'mcp.listed'> | null;
  checkpoints: Body<'checkpoint'>[];
  /** The newest one. */
  exported: Body<'exported'> | null;
  /** What `messages` is made from. Only the fold reads it. */
  history: readonly HistoryItem[];
};

type CallState = { call: ToolCallPart; started: boolean; result: ToolResultMessage | null };
type HistoryItem = { message: Message; turn: number; calls: readonly CallState[] };

const CUT_CALL = 'not run: the output was cut at its token limit, so this call may be incomplete. Make a smaller call.';
const INTERRUPTED_CALL =
  'interrupted: the run or the sandbox ended while this was running; it may have had effects. It was not run again.';
const NOT_RUN_CALL = 'not run: the run or the sandbox ended before.';

const EMPTY: SessionState = {
  created: null,
  model: null,
  messages: [],
  pendingCalls: { started: [], notStarted: [] },
  usage: NO_USAGE,
  turns: 0,
  lastPrompt: null,
  plan: [],
  processes: {},
  lastOutcome: null,
  mcp: null,
  checkpoints: [],
  exported: null,
  history: [],
};

/**
 * Adds events to a state and returns the new one; the old one stays as it was. Takes any sequence: a result without
 * its call, or a second one, changes nothing. `fold(rest, fold(prefix))` equals `fold(all)`.
 */
export function fold(events: Iterable<FoldedEvent>, from: SessionState = EMPTY): SessionState {
  const folding = startFold(from);
  for (const event of events) folding.add(event);
  return folding.state();
}

/** The same fold for events that come one by one from a stream: `add` each, then ask for the `state` once. */
export function startFold(from: SessionState = EMPTY): { add(event: FoldedEvent): void; state(): SessionState } {
  const draft = { ...from, checkpoints: [...from.checkpoints] };
  const history = [...from.history];
  return {
    add(event) {
      switch (event.type) {
        case 'session.created':
          draft.created = event;
          draft.model = currentModel({ ...event, reasoningEffort: event.reasoningEffort ?? null });
          break;
        case 'model.changed':
          draft.model = currentModel(event);
          break;
        case 'prompt':
          draft.lastPrompt = event.content;
          draft.lastOutcome = null;
          history.push({ message: { role: 'user', content: event.content }, turn: 0, calls: [] });
          break;
        case 'notice':
          history.push({
            message: { role: 'user', content: [{ type: 'text', text: event.text }] },
            turn: 0,
            calls: [],
          });
          break;
        case 'model.responded':
          draft.usage = addUsage(draft.usage, event.usage);
          if (event.stopReason !== 'error') {
            draft.turns += 1;
            const item = respondedItem(event);
            if (item !== null) history.push(item);
          }
          break;
        case 'tool.started':
          replaceCall(history, event, (state) => !state.started, { started: true });
          break;
        case 'tool.finished': {
          const { callId, content, isError } = event;
          replaceCall(history, event, () => true, { result: { role: 'tool', callId, content, isError } });
          draft.plan = planOf(event) ?? draft.plan;
          draft.processes = processesAfter(draft.processes, event.details);
          break;
        }
        case 'process.ended':
          draft.processes = without(draft.processes, event.handle);
          break;
        case 'mcp.listed':
          draft.mcp = event;
          break;
        case 'checkpoint':
          draft.checkpoints.push(event);
          break;
        case 'exported':
          draft.exported = event;
          break;
        case 'run.finished':
          draft.lastOutcome = event;
          draft.processes = {};
          break;
        default:
          break;
      }
    },
    state: () => ({ ...draft, history: [...history], ...viewOf(history) }),
  };
}

function currentModel({ model, contextWindow, reasoningEffort, editTool }: CurrentModel): CurrentModel {
  return { model, contextWindow, reasoningEffort, editTool };
}

/** `details` are those of the tools `shell` and `process`: a process goes on under a handle, or (in older logs) has ended. */
function processesAfter(
  before: SessionState['processes'],
  details: Body<'tool.finished'>['details'],
): SessionState['processes'] {
  const { handle, ended, command } = details;
  if (typeof handle === 'string' && typeof command === 'string') return { ...before, [handle]: command };
  return typeof ended === 'string' ? without(before, ended) : before;
}

function without(processes: SessionState['processes'], handle: string): SessionState['processes'] {
  return Object.fromEntries(Object.entries(processes).filter(([name]) => name !== handle));
}

/** The history's item for a response that did not fail; null: it said nothing, and providers refuse empty messages. */
function respondedItem(event: Body<'model.responded'>): HistoryItem | null {
  if (event.message.content.length === 0) return null;
  const calls = event.message.content.filter((part) => part.type === 'tool_call');
  const cut = event.stopReason === 'max_tokens';
  return {
    message: event.message,
    turn: event.turn,
    calls: calls.map((call) => ({ call, started: false, result: cut ? textResult(call.id, CUT_CALL) : null })),
  };
}

function textResult(callId: string, text: string): ToolResultMessage {
  return { role: 'tool', callId, content: [{ type: 'text', text }], isError: true };
}

/**
 * Changes the open call that an event is about: the first with its id in the newest message that has one, because some
 * servers use the same ids in every turn. Where the event's turn has such a call, that one is meant.
 */
function replaceCall(
  history: HistoryItem[],
  event: { turn: number; callId: string },
  accept: (state: CallState) => boolean,
  change: Partial<CallState>,
): void {
  const open = (state: CallState) => state.result === null && state.call.id === event.callId && accept(state);
  const inTurn = history.findLastIndex((item) => item.turn === event.turn && item.calls.some(open));
  const at = inTurn >= 0 ? inTurn : history.findLastIndex((item) => item.calls.some(open));
  const item = history[at];
  if (item === undefined) return;
  const index = item.calls.findIndex(open);
  history[at] = { ...item, calls: item.calls.map((state, i) => (i === index ? { ...state, ...change } : state)) };
}

function viewOf(history: readonly HistoryItem[]): Pick<SessionState, 'messages' | 'pendingCalls'> {
  const messages: Message[] = [];
  const pendingCalls: SessionState['pendingCalls'] = { started: [], notStarted: [] };
  for (const { message, turn, calls } of history) {
    messages.push(message);
    for (const { call, started, result } of calls) {
      if (result !== null) messages.push(result);
      else (started ? pendingCalls.started : pendingCalls.notStarted).push({ turn, call });
    }
  }
  return { messages, pendingCalls };
}

/**
 * The results to append when a session is taken up again after its run ended in the middle of a turn: calls that had
 * started are reported as interrupted, the others as not run. None is run again.
 */
export function interruptedResults(state: SessionState): Body<'tool.finished'>[] {
  const result = ({ turn, call }: PendingCall, status: string, text: string): Body<'tool.finished'> => ({
    type: 'tool.finished',
    turn,
    callId: call.id,
    name: call.name,
    content: [{ type: 'text', text }],
    isError: true,
    details: { status },
    durationMs: 0,
  });
  return [
    ...state.pendingCalls.started.map((pending) => result(pending, 'interrupted', INTERRUPTED_CALL)),
    ...state.pendingCalls.notStarted.map((pending) => result(pending, 'not_run', NOT_RUN_CALL)),
  ];
}
