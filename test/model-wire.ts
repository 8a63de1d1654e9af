/** A scripted turn as the SSE events of each of the three protocols. */
import { createHash } from 'node:crypto';
import type { Cut } from './model-cut.ts';
import type { Protocol } from './model-request.ts';

/** `event` is null where the protocol does not name its events; `data` that is a string is sent as it is. */
export type SseEvent = { event: string | null; data: unknown };

/** Tokens as a provider counts them; `inputTokens` includes both cache counts, `outputTokens` the reasoning. */
export type ScriptedUsage = {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
};

/** A call that the scripted model makes. `arguments` as a string is sent as it is, broken JSON included. */
export type ScriptedCall = { name: string; arguments: Record<string, unknown> | string; id?: string };

/**
 * What the scripted model does in one turn. `compaction`: its provider shortens the history first, into this; the Chat
 * Completions API cannot. An `error` with status 200 is sent inside the stream after half of what the
 * turn says; `cut` breaks the connection there; `stalls`: it stays open half-way, and nothing more comes; `delayMs` is
 * waited before the first byte.
 */
export type ScriptedTurn = {
  text?: string;
  reasoning?: string;
  compaction?: string;
  toolCalls?: ScriptedCall[];
  /** Sent as it is; what is missing is counted from bytes. `null`: no usage is reported. */
  usage?: Partial<ScriptedUsage> | null;
  /** Defaults to what the turn looks like. */
  stop?: 'max_tokens' | 'refusal';
  error?: { status: number; body: unknown; headers?: Record<string, string> };
  cut?: Cut;
  stalls?: true;
  delayMs?: number;
};

type Context = { turn: number; raw: Record<string, unknown> };
type Call = { id: string; name: string; json: string };
type Plain = {
  text: string;
  reasoning: string;
  compaction: string;
  calls: Call[];
  usage: ScriptedUsage | null;
  stop: ScriptedTurn['stop'];
  turn: number;
  model: string;
};

/** The whole stream of a turn. */
export function toEvents(protocol: Protocol, scripted: ScriptedTurn, context: Context): SseEvent[] {
  const prefix = protocol === 'messages' ? 'toolu' : 'call';
  const plain: Plain = {
    text: scripted.text ?? '',
    reasoning: scripted.reasoning ?? '',
    compaction: scripted.compaction ?? '',
    calls: (scripted.toolCalls ?? []).map((call, index) => ({
      id: call.id ?? `${prefix}_${context.turn}_${index}`,
      name: call.name,
      json: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
    })),
    usage: scripted.usage === null ? null : { ...countBytes(scripted, context.raw), ...scripted.usage },
    stop: scripted.stop,
    turn: context.turn,
    model: String(context.raw.model),
  };
  return { messages: messagesEvents, responses: responsesEvents, chat: chatEvents }[protocol](plain);
}

/** An error inside a stream. `body` is in the protocol's own form. */
export function errorEvent(protocol: Protocol, body: unknown): SseEvent {
  return { event: protocol === 'chat' ? null : 'error', data: body };
}

function countBytes(scripted: ScriptedTurn, raw: unknown): ScriptedUsage {
  const said = JSON.stringify([scripted.text, scripted.reasoning, scripted.toolCalls]);
  const inputTokens = Math.ceil(Buffer.byteLength(JSON.stringify(raw)) / 4);
  const outputTokens = Math.ceil(Buffer.byteLength(said) / 4);
  return { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };
}

/** Three pieces, so that clients have something to put together. */
function pieces(text: string): string[] {
  const size = Math.ceil(text.length / 3);
  return [text.slice(0, size), text.slice(size, 2 * size), text.slice(2 * size)].filter((piece) => piece !== '');
}

function proofOf(reasoning: string): string {
  return createHash('sha256').update(reasoning).digest('base64');
}

/** Tokens that a compaction takes, which Anthropic counts apart. */
const COMPACTION_TOKENS = { input_tokens: 900, output_tokens: 50 };

function messagesEvents({ text, reasoning, compaction, calls, usage, stop, turn, model }: Plain): SseEvent[] {
  const events: SseEvent[] = [];
  const push = (data: { type: string; [key: string]: unknown }) => events.push({ event: data.type, data });
  const counts = usage && {
    input_tokens: usage.inputTokens - usage.cacheReadTokens - usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
  };
  const block = (index: number, content_block: unknown, deltas: unknown[]) => {
    push({ type: 'content_block_start', index, content_block });
    for (const delta of deltas) push({ type: 'content_block_delta', index, delta });
    push({ type: 'content_block_stop', index });
  };
  const head = { id: `msg_${turn}`, type: 'message', role: 'assistant', model, content: [], stop_reason: null };
  push({ type: 'message_start', message: { ...head, usage: counts && { ...counts, output_tokens: 1 } } });
  push({ type: 'ping' });
  let index = 0;
  if (compaction !== '') {
    const content = { content: compaction, encrypted_content: proofOf(compaction) };
    block(index++, { type: 'compaction', content: null, encrypted_content: null }, [
      { type: 'compaction_delta', ...content },
    ]);
  }
  if (reasoning !== '') {
    block(index++, { type: 'thinking', thinking: '', signature: '' }, [
      ...pieces(reasoning).map((thinking) => ({ type: 'thinking_delta', thinking })),
      { type: 'signature_delta', signature: proofOf(reasoning) },
    ]);
  }
  if (text !== '') {
    block(
      index++,
      { type: 'text', text: '' },
      pieces(text).map((piece) => ({ type: 'text_delta', text: piece })),
    );
  }
  for (const { id, name, json } of calls) {
    const deltas = pieces(json).map((partial_json) => ({ type: 'input_json_delta', partial_json }));
    block(index++, { type: 'tool_use', id, name, input: {} }, deltas);
  }
  const stop_reason = stop ?? (calls.length > 0 ? 'tool_use' : 'end_turn');
  push({
    type: 'message_delta',
    delta: { stop_reason, stop_sequence: null },
    usage: usage && {
      output_tokens: usage.outputTokens,
      output_tokens_details: { thinking_tokens: usage.reasoningTokens },
      ...(compaction !== '' && { iterations: [{ type: 'compaction', ...COMPACTION_TOKENS }, { type: 'message' }] }),
    },
  });
  push({ type: 'message_stop' });
  return events;
}

function responsesEvents({ text, reasoning, compaction, calls, usage, stop, turn, model }: Plain): SseEvent[] {
  const events: SseEvent[] = [];
  const push = (data: { type: string; [key: string]: unknown }) =>
    events.push({ event: data.type, data: { ...data, sequence_number: events.length } });
  const output: unknown[] = [];
  const item = (started: unknown, done: unknown, deltas: { type: string; [key: string]: unknown }[]) => {
    const output_index = output.push(done) - 1;
    push({ type: 'response.output_item.added', output_index, item: started });
    for (const delta of deltas) push({ ...delta, output_index });
    push({ type: 'response.output_item.done', output_index, item: done });
  };
  const head = { id: `resp_${turn}`, object: 'response', model, error: null, incomplete_details: null };
  push({ type: 'response.created', response: { ...head, status: 'in_progress', output: [], usage: null } });
  if (compaction !== '') {
    const id = `cmp_${turn}`;
    const done = { type: 'compaction', id, encrypted_content: proofOf(compaction), created_by: 'server' };
    item({ type: 'compaction', id, encrypted_content: '' }, done, [
      { type: 'response.compaction.compacting', item_id: id },
    ]);
  }
  if (reasoning !== '') {
    const id = `rs_${turn}`;
    const summary = [{ type: 'summary_text', text: reasoning }];
    item(
      { type: 'reasoning', id, summary: [] },
      { type: 'reasoning', id, summary, encrypted_content: proofOf(reasoning) },
      [
        { type: 'response.reasoning_summary_part.added', item_id: id, summary_index: 0 },
        ...pieces(reasoning).map((delta) => ({ type: 'response.reasoning_summary_text.delta', item_id: id, delta })),
      ],
    );
  }
  if (text !== '') {
    const message = { type: 'message', id: `msg_${turn}`, role: 'assistant' };
    item(
      { ...message, status: 'in_progress', content: [] },
      { ...message, status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] },
      pieces(text).map((delta) => ({
        type: 'response.output_text.delta',
        item_id: message.id,
        content_index: 0,
        delta,
      })),
    );
  }
  for (const { id, name, json } of calls) {
    const call = { type: 'function_call', id: `fc_${id}`, call_id: id, name };
    item(
      { ...call, arguments: '' },
      { ...call, arguments: json },
      pieces(json).map((delta) => ({ type: 'response.function_call_arguments.delta', item_id: call.id, delta })),
    );
  }
  const reason = stop === 'refusal' ? 'content_filter' : 'max_output_tokens';
  const end = stop === undefined ? { status: 'completed' } : { status: 'incomplete', incomplete_details: { reason } };
  const counts = usage && {
    input_tokens: usage.inputTokens,
    input_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: usage.cacheWriteTokens },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
  push({ type: `response.${end.status}`, response: { ...head, ...end, output, usage: counts } });
  return events;
}

function chatEvents({ text, reasoning, calls, usage, stop, turn, model }: Plain): SseEvent[] {
  const head = { id: `chatcmpl_${turn}`, object: 'chat.completion.chunk', created: 0, model };
  const chunk = (delta: unknown, finish_reason: string | null = null): SseEvent => ({
    event: null,
    data: { ...head, choices: [{ index: 0, delta, finish_reason }] },
  });
  const callChunks = calls.flatMap(({ id, name, json }, index) => [
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }),
    ...pieces(json).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ]);
  const finish = { max_tokens: 'length', refusal: 'content_filter', none: calls.length > 0 ? 'tool_calls' : 'stop' };
  const counts = usage && {
    prompt_tokens: usage.inputTokens,
    prompt_tokens_details: { cached_tokens: usage.cacheReadTokens, cache_write_tokens: usage.cacheWriteTokens },
    completion_tokens: usage.outputTokens,
    completion_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.inputTokens + usage.outputTokens,
  };
  return [
    chunk({ role: 'assistant', content: '' }),
    ...pieces(reasoning).map((piece) => chunk({ reasoning_content: piece })),
    ...pieces(text).map((piece) => chunk({ content: piece })),
    ...callChunks,
    chunk({}, finish[stop ?? 'none']),
    ...(counts === null ? [] : [{ event: null, data: { ...head, choices: [], usage: counts } }]),
    { event: null, data: '[DONE]' },
  ];
}
