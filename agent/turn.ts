/** One turn's two halves: the model's response, streamed and logged; and its tool calls, run and logged. */
import {
  type Calibration,
  estimateRequest,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type ModelResponse,
  predictTokens,
  type ToolCallPart,
} from '../models/index.ts';
import type { NewEvent } from '../session/index.ts';
import { runToolCall, type Tool, type ToolContext, type ToolResult } from '../tools/index.ts';

/** Appends an event to the session's log and shows it. */
export type Log = (event: NewEvent) => void;

/** What is streamed for the eyes only and never logged. */
export type Delta = Exclude<ModelEvent, { type: 'done' }>;

/** Looks at a call before it starts, which it may refuse, and at its result. */
export type CallGuard = {
  before(call: ToolCallPart, turn: number): Promise<ToolResult | null>;
  after(call: ToolCallPart, turn: number, result: ToolResult): Promise<ToolResult>;
};

/** Makes one request and logs it from both sides. `calibration`: what the provider's reports so far say. */
export async function respond(
  model: Model,
  request: ModelRequest,
  turn: number,
  calibration: Calibration | null,
  counted: number | null,
  signal: AbortSignal,
  log: Log,
  show: (delta: Delta) => void,
): Promise<ModelResponse> {
  const countedTokens = counted ?? estimateRequest(request);
  log({ type: 'model.requested', turn, estimatedTokens: predictTokens(calibration, countedTokens), countedTokens });
  const startedAt = performance.now();
  let firstTokenMs: number | null = null;
  for await (const event of model.stream(request, signal)) {
    if (event.type === 'retry') {
      log({ type: 'model.retried', turn, attempt: event.attempt, delayMs: event.delayMs, error: event.error });
      show(event);
    } else if (event.type === 'done') {
      const { message, stopReason, usage, error } = event.response;
      const durationMs = Math.round(performance.now() - startedAt);
      log({
        type: 'model.responded',
        turn,
        message,
        stopReason,
        usage,
        ...(error ? { error } : {}),
        durationMs,
        firstTokenMs,
      });
      return event.response;
    } else {
      firstTokenMs ??= Math.round(performance.now() - startedAt);
      show(event);
    }
  }
  throw new Error(`the model ${model.id} ended its stream without a result`);
}

/** The tool calls of a response, in order. */
export function toolCalls(response: ModelResponse): ToolCallPart[] {
  return response.message.content.filter((part) => part.type === 'tool_call');
}

/**
 * Runs a response's calls: neighbours that only read run beside each other, all else alone and in order. Each is logged
 * before it runs and after. One that the guard refuses does not start. Once the signal is aborted no further call starts.
 */
export async function runCalls(
  tools: readonly Tool[],
  calls: readonly ToolCallPart[],
  turn: number,
  context: ToolContext,
  log: Log,
  guard: CallGuard,
): Promise<ToolResult[]> {
  const results: ToolResult[] = [];
  for (const batch of batches(tools, calls)) {
    if (context.signal.aborted) break;
    results.push(...(await runBatch(tools, batch, turn, context, log, guard)));
  }
  return results;
}

/**
 * Once a call has thrown, those beside it are stopped and log nothing more: whoever catches it reports each call that has no result as
 * interrupted. They are not waited for, since what stops the run need not stop them at once.
 */
async function runBatch(
  tools: readonly Tool[],
  batch: readonly ToolCallPart[],
  turn: number,
  context: ToolContext,
  log: Log,
  guard: CallGuard,
): Promise<ToolResult[]> {
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const logUntil: Log = (event) => {
    failed.signal.throwIfAborted();
    log(event);
  };
  try {
    return await Promise.all(batch.map((call) => runCall(tools, call, turn, { ...context, signal }, logUntil, guard)));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
}

/** Cuts a list of calls into runs that may go on beside each other. */
export function batches(tools: readonly Tool[], calls: readonly ToolCallPart[]): ToolCallPart[][] {
  const parallel = (call: ToolCallPart) => tools.find((tool) => tool.name === call.name)?.touches === 'nothing';
  const cut: ToolCallPart[][] = [];
  for (const call of calls) {
    const last = cut.at(-1);
    if (last?.[0] && parallel(last[0]) && parallel(call)) last.push(call);
    else cut.push([call]);
  }
  return cut;
}

async function runCall(
  tools: readonly Tool[],
  call: ToolCallPart,
  turn: number,
  context: ToolContext,
  log: Log,
  guard: CallGuard,
): Promise<ToolResult> {
  const done = (result: ToolResult, durationMs: number) => {
    log({ type: 'tool.finished', turn, callId: call.id, name: call.name, ...result, durationMs });
    return result;
  };
  const refusal = await guard.before(call, turn);
  if (refusal) return done(refusal, 0);
  log({ type: 'tool.started', turn, callId: call.id, name: call.name });
  const startedAt = performance.now();
  const result = await runToolCall(tools, call, context);
  const durationMs = Math.round(performance.now() - startedAt);
  return done(await guard.after(call, turn, result), durationMs);
}
