/** Asks the model for a summary: the prefix that its provider has cached, one message more, one attempt to mend it. */
import {
  checkSummary,
  type Planned,
  planSummarised,
  planSummary,
  REPAIRS,
  type Situation,
  summaryInstruction,
  textOf,
  viewMessages,
} from '../compaction/index.ts';
import {
  addUsage,
  estimateTokens,
  factorOf,
  type Message,
  type ModelErrorKind,
  type ModelResponse,
  NO_USAGE,
  type ToolSpec,
  type Usage,
} from '../models/index.ts';
import type { Session } from '../session/index.ts';
import type { ActiveModel } from './active-model.ts';
import { requestOf } from './request.ts';
import { type Delta, type Log, toolCalls } from './turn.ts';

export type SummaryOptions = {
  session: Pick<Session, 'id' | 'state'>;
  system: string;
  situation: Situation;
  active: ActiveModel;
  specs: readonly ToolSpec[];
  focus: string | null;
  signal: AbortSignal;
  log: Log;
  show: (delta: Delta) => void;
};

export type Summarised =
  | { planned: Planned; struck: string[]; usage: Usage }
  /** `kind`: of the error that the request ended in. */
  | { reason: string; text: string; usage: Usage; kind?: ModelErrorKind };

/** Of what was written in place of a summary, in characters. */
const MAX_TEXT = 4000;

/** Whatever the model or its provider does, there is a summary or a reason; null: there is nothing to summarise. */
export async function askSummary(options: SummaryOptions): Promise<Summarised | null> {
  const { situation, focus, session } = options;
  const { budget, history } = situation;
  const factor = factorOf(session.state().fit.calibration);
  const isUpdate = history.some(({ kind, hidden }) => kind === 'handoff' && !hidden);
  const instruction = summaryInstruction(Math.round(budget.summary * factor), isUpdate, focus);
  const plan = planSummary(situation, estimateTokens(instruction));
  if (plan === null) return null;

  const covered = plan.seen.slice(0, plan.end);
  const messages: Message[] = [...viewMessages(covered), userMessage(instruction)];
  const said = covered.flatMap(viewMessagesOf);
  let usage = NO_USAGE;
  for (let repairs = 0; ; repairs += 1) {
    const response = await once(options, messages);
    usage = addUsage(usage, response.usage);
    const text = textOf(response.message).slice(0, MAX_TEXT).toWellFormed();
    if (response.error)
      return { reason: response.error.kind, text: response.error.message, usage, kind: response.error.kind };
    const verdict = checkSummary(response, budget.summary, {
      said: said.map(({ text: words }) => words),
      outputs: said.filter(({ role }) => role === 'tool').map(({ text: words }) => words),
      commanded: [options.system, ...said.filter(({ prompt }) => prompt).map(({ text: words }) => words)],
    });
    if (verdict.ok) return { planned: planSummarised(situation, plan, verdict.text), struck: verdict.struck, usage };
    if (repairs >= REPAIRS || options.signal.aborted) return { reason: verdict.reason, text, usage };
    if (response.message.content.length > 0) messages.push(response.message, ...notRun(response));
    messages.push(userMessage(verdict.repair));
  }

  function viewMessagesOf(item: (typeof covered)[number]) {
    const prompt = item.kind === 'prompt';
    return viewMessages([item]).map((message) => ({ role: message.role, prompt, text: textOf(message) }));
  }
}

/** Nothing is run for a summary, and no call may stay without a result. */
function notRun(response: ModelResponse): Message[] {
  const content = [{ type: 'text' as const, text: 'not run' }];
  return toolCalls(response).map(({ id }) => ({ role: 'tool', callId: id, content, isError: true }));
}

function userMessage(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text }] };
}

async function once(
  { active, session, system, specs, signal, log, show }: SummaryOptions,
  messages: readonly Message[],
): Promise<ModelResponse> {
  const turn = session.state().turns + 1;
  for await (const event of active.model.stream(requestOf(active, system, messages, specs, session.id), signal)) {
    if (event.type === 'done') return event.response;
    if (event.type !== 'retry') continue;
    log({ type: 'model.retried', turn, attempt: event.attempt, delayMs: event.delayMs, error: event.error });
    show(event);
  }
  throw new Error(`the model ${active.model.id} ended its stream without a result`);
}
