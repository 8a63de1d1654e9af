/** State from events: pure, so that a resume, a viewer and the running loop all see the same session. */
import { addUsage, type Calibration, calibrate, type Message, NO_USAGE, type Usage } from '../models/index.ts';
import type { CreatedEvent, EventBody, UnknownEvent } from './events.ts';
import {
  applyCompaction,
  type HistoryItem,
  type PendingCall,
  plainItem,
  replaceCall,
  respondedItem,
  viewOf,
} from './history.ts';
import { type PlanStep, planOf } from './plan.ts';

/** What the fold takes: an event, with or without its place in the log. */
export type FoldedEvent = EventBody | UnknownEvent;

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
   * the order of their calls, whatever order they came in, all as the compactions so far have left it. Calls in
   * `pendingCalls` have no result here yet.
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
  /** The newest one. */
  lastVerify: Body<'verify.finished'> | null;
  /** Everything that was said, also what the model no longer sees. */
  history: readonly HistoryItem[];
  /** What is known of how much fits into the model's window. */
  fit: Fit;
};

/** In tokens. */
export type Fit = {
  /** The newest request, as it was counted; null: there is none, or its log does not say. */
  counted: number | null;
  /** Of the newest request that was answered with its usage: as it was counted, and as the provider reported it. */
  reported: { counted: number; tokens: number } | null;
  /** What the reports so far of the model that is at work teach about its tokens; null: nothing yet. */
  calibration: Calibration | null;
  /** The smallest request, as it was counted, that the model's provider refused as too long. */
  refusedAt: number | null;
  /** The compactions so far, oldest first, each with how many turns came before it. */
  compactions: readonly (Pick<Body<'compaction.finished'>, 'rung' | 'tokensBefore' | 'tokensAfter'> & {
    turns: number;
  })[];
};

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
  lastVerify: null,
  history: [],
  fit: { counted: null, reported: null, calibration: null, refusedAt: null, compactions: [] },
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
  let history = [...from.history];
  return {
    add(event) {
      switch (event.type) {
        case 'session.created':
          draft.created = event;
          draft.model = currentModel({ ...event, reasoningEffort: event.reasoningEffort ?? null });
          break;
        case 'model.changed':
          draft.model = currentModel(event);
          // Another one counts, and reads, in another way.
          draft.fit = { ...draft.fit, reported: null, calibration: null, refusedAt: null };
          break;
        case 'prompt':
          draft.lastPrompt = event.content;
          draft.lastOutcome = null;
          history.push(plainItem(history, 'prompt', event.content));
          break;
        case 'notice':
          history.push(plainItem(history, 'notice', [{ type: 'text', text: event.text }]));
          break;
        case 'model.requested':
          draft.fit = { ...draft.fit, counted: event.countedTokens ?? null };
          break;
        case 'model.responded':
          draft.usage = addUsage(draft.usage, event.usage);
          draft.fit = fitAfter(draft.fit, event);
          if (event.stopReason !== 'error') {
            draft.turns += 1;
            const item = respondedItem(history, event);
            if (item !== null) history.push(item);
          }
          break;
        case 'tool.started':
          replaceCall(history, event, (state) => !state.started, { started: true });
          break;
        case 'tool.finished': {
          const { callId, content, isError, details } = event;
          replaceCall(history, event, () => true, { result: { role: 'tool', callId, content, isError }, details });
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
        case 'verify.finished':
          draft.lastVerify = event;
          break;
        case 'compaction.finished': {
          const { rung, tokensBefore, tokensAfter, usage } = event;
          const past = { rung, tokensBefore, tokensAfter, turns: draft.turns };
          draft.usage = addUsage(draft.usage, usage);
          draft.fit = { ...draft.fit, compactions: [...draft.fit.compactions, past] };
          history = applyCompaction(history, event);
          break;
        }
        case 'compaction.failed':
          draft.usage = addUsage(draft.usage, event.usage);
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

function fitAfter(fit: Fit, { error, usage, message }: Body<'model.responded'>): Fit {
  const { counted } = fit;
  if (counted === null) return fit;
  if (error?.kind === 'overflow') return { ...fit, refusedAt: Math.min(counted, fit.refusedAt ?? counted) };
  if (error || usage.inputTokens <= 0) return fit;
  // The provider has read the history once whole and once shortened: its report is of neither.
  if (message.content.some(({ type }) => type === 'compaction')) return fit;
  const tokens = usage.inputTokens;
  return { ...fit, reported: { counted, tokens }, calibration: calibrate(fit.calibration, counted, tokens) };
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
