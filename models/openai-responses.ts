/** OpenAI Responses: our request to its wire form, its stream events to ours, and the shell around both. */
import type {
  ResponseCreateParamsStreaming,
  ResponseFunctionCallOutputItem,
  ResponseInputItem,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseReasoningItem,
  ResponseStreamEvent,
  ResponseUsage,
  Response as WireResponse,
} from 'openai/resources/responses/responses';
import type { Stream } from 'openai/streaming';
import type { ResolvedModel } from './catalogue.ts';
import type { TokenCounts } from './cost.ts';
import type { WatchedFetch } from './direct-fetch.ts';
import { nearestEffort } from './effort.ts';
import { isRecord, streamError } from './errors.ts';
import type { Endpoint } from './http.ts';
import { limitImages, OPENAI_IMAGE_LIMITS } from './image-limits.ts';
import type { ImagePart, Json, Model, ModelError, ModelRequest, SaidPart, TextPart } from './model.ts';
import { once } from './once.ts';
import { endError, stopReasonOf } from './openai-responses-endings.ts';
import { streamed } from './request-body.ts';
import { type Delta, type Reducer, runStream } from './stream.ts';
import { argumentsText, type Step, toSteps } from './transcript.ts';

/** Tokens; the API's schema takes no less. */
const LEAST_THRESHOLD = 1000;

/** Makes the request body. Pure; nothing is stored at the provider, so reasoning comes back to us encrypted. */
export function toRequest(request: ModelRequest, model: ResolvedModel): ResponseCreateParamsStreaming {
  const effort = nearestEffort(request.reasoningEffort, model);
  return {
    model: model.name,
    stream: true,
    store: false,
    ...(request.system !== '' && { instructions: request.system }),
    input: toSteps(limitImages(request.messages, OPENAI_IMAGE_LIMITS), model).flatMap(toItems),
    max_output_tokens: Math.min(request.maxOutputTokens, model.maxOutputTokens),
    ...(request.tools.length > 0 && {
      tools: request.tools.map((tool) => ({
        type: 'function' as const,
        name: tool.name,
        description: tool.description,
        parameters: tool.parameters,
        // Strict mode, the default, would make every optional argument required.
        strict: false,
      })),
    }),
    ...(model.reasoning !== null && { include: ['reasoning.encrypted_content' as const] }),
    ...(model.reasoning !== null &&
      (model.known || effort !== undefined) && {
        reasoning: { summary: 'auto' as const, ...(effort !== undefined && { effort }) },
      }),
    ...(request.cacheKey !== undefined && { prompt_cache_key: request.cacheKey }),
    ...(request.compactAt !== undefined && {
      context_management: [{ type: 'compaction', compact_threshold: Math.max(request.compactAt, LEAST_THRESHOLD) }],
    }),
  };
}

const toItems = once((step: Step): ResponseInputItem[] => {
  if (step.role === 'user') return [{ role: 'user', content: step.content.map(toContent) }];
  const outputs = step.results.map((result): ResponseInputItem => {
    const onlyText = result.content.every((part) => part.type === 'text');
    const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
    const output = onlyText ? text : result.content.map(toContent);
    return { type: 'function_call_output', call_id: result.id, output };
  });
  return [...step.content.flatMap(toOutputItem), ...outputs];
});

function toContent(part: TextPart | ImagePart) {
  return part.type === 'text'
    ? ({ type: 'input_text', text: part.text } satisfies ResponseFunctionCallOutputItem)
    : ({
        type: 'input_image',
        image_url: `data:${part.mediaType};base64,${part.data}`,
        detail: 'auto',
      } satisfies ResponseFunctionCallOutputItem);
}

function toOutputItem(part: SaidPart): ResponseInputItem[] {
  if (part.type === 'text') {
    return [{ role: 'assistant', content: part.text, ...(part.phase !== undefined && { phase: part.phase }) }];
  }
  if (part.type === 'tool_call') {
    const call = { call_id: part.id, name: part.name, arguments: argumentsText(part.arguments) };
    return [{ type: 'function_call', ...call }];
  }
  const opaque = isRecord(part.opaque) ? part.opaque : {};
  if (typeof opaque.id !== 'string' || typeof opaque.encrypted_content !== 'string') return [];
  if (part.type === 'compaction') {
    return [{ type: 'compaction', id: opaque.id, encrypted_content: opaque.encrypted_content }];
  }
  const texts = Array.isArray(opaque.summary) ? opaque.summary.filter((text) => typeof text === 'string') : [];
  const summary = texts.map((text) => ({ type: 'summary_text' as const, text }));
  return [{ type: 'reasoning', id: opaque.id, summary, encrypted_content: opaque.encrypted_content }];
}

/** Reads a Responses stream. A tool call's JSON is passed on as it came, broken or not. */
export function createReducer(): Reducer<ResponseStreamEvent> {
  const parts = new Map<number, SaidPart>();
  let final: WireResponse | undefined;
  let failure: ModelError | undefined;
  let refused = '';

  /** Grows the text of an item by `text`; a server may send deltas for an item that it never announced. */
  function grow(index: number, type: 'text' | 'reasoning', text: string): Delta[] {
    if (text === '') return [];
    const part = parts.get(index) ?? { type, text: '' };
    parts.set(index, part);
    if (part.type !== 'text' && part.type !== 'reasoning') return [];
    part.text += text;
    return [{ type: part.type === 'text' ? 'text_delta' : 'reasoning_delta', text }];
  }

  function growCall(index: number, text: string): Delta[] {
    const part = parts.get(index);
    if (part?.type !== 'tool_call') return [];
    part.arguments += text;
    return [{ type: 'tool_call_delta', callId: part.id, name: part.name, arguments: text }];
  }

  function start(index: number, item: ResponseOutputItem): Delta[] {
    if (item.type !== 'function_call' || parts.has(index)) return [];
    parts.set(index, { type: 'tool_call', id: item.call_id, name: item.name, arguments: '' });
    return growCall(index, item.arguments ?? '');
  }

  /** A message of which no delta has come. */
  function whole(index: number, item: ResponseOutputMessage): Delta[] {
    refused += item.content.map((content) => (content.type === 'refusal' ? content.refusal : '')).join('');
    const texts = item.content.map((content) => (content.type === 'output_text' ? content.text : content.refusal));
    return grow(index, 'text', texts.join(''));
  }

  /** The finished item is what counts; what its deltas left out is passed on now. */
  function complete(index: number, item: ResponseOutputItem): Delta[] {
    if (item.type === 'function_call') {
      const begun = start(index, item);
      const part = parts.get(index);
      const soFar = part?.type === 'tool_call' ? part.arguments : '';
      const rest = item.arguments?.startsWith(soFar) ? item.arguments.slice(soFar.length) : '';
      return [...begun, ...(rest === '' ? [] : growCall(index, rest))];
    }
    if (item.type === 'message') {
      const begun = parts.has(index) ? [] : whole(index, item);
      const part = parts.get(index);
      if (part?.type === 'text' && (item.phase === 'commentary' || item.phase === 'final_answer')) {
        part.phase = item.phase;
      }
      return begun;
    }
    if (item.type === 'reasoning') {
      const begun = parts.has(index) ? [] : grow(index, 'reasoning', item.summary.map((s) => s.text).join('\n\n'));
      const part = parts.get(index);
      const text = part?.type === 'reasoning' ? part.text : '';
      const opaque = toOpaque(item);
      parts.set(index, { type: 'reasoning', text, ...(opaque !== undefined && { opaque }) });
      return begun;
    }
    if (item.type === 'compaction' && item.encrypted_content) {
      parts.set(index, { type: 'compaction', opaque: { id: item.id, encrypted_content: item.encrypted_content } });
    }
    return [];
  }

  return {
    push(event) {
      switch (event.type) {
        case 'response.output_item.added':
          return start(event.output_index, event.item);
        case 'response.output_text.delta':
          return grow(event.output_index, 'text', event.delta);
        case 'response.refusal.delta':
          refused += event.delta;
          return grow(event.output_index, 'text', event.delta);
        case 'response.reasoning_summary_part.added':
          return parts.has(event.output_index) ? grow(event.output_index, 'reasoning', '\n\n') : [];
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          return grow(event.output_index, 'reasoning', event.delta);
        case 'response.function_call_arguments.delta':
          return growCall(event.output_index, event.delta);
        case 'response.output_item.done':
          return complete(event.output_index, event.item);
        case 'response.completed':
        case 'response.incomplete':
        case 'response.failed':
          final = event.response;
          return [];
        case 'error':
          failure = streamError({ code: event.code ?? '', message: event.message });
          return [];
        default:
          return [];
      }
    },
    outcome() {
      const content = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
      const stopReason = final === undefined ? null : stopReasonOf(final, content);
      const error = failure ?? (final && endError(final, refused));
      return { content, tokens: countTokens(final?.usage), stopReason, ...(error !== undefined && { error }) };
    },
  };
}

/** Only encrypted reasoning can go back, since nothing is stored at the provider. */
function toOpaque(item: ResponseReasoningItem): Json | undefined {
  if (!item.encrypted_content) return undefined;
  return { id: item.id, summary: item.summary.map((s) => s.text), encrypted_content: item.encrypted_content };
}

function countTokens(usage: ResponseUsage | undefined | null): TokenCounts | null {
  if (!usage) return null;
  return {
    inputTokens: usage.input_tokens ?? 0,
    outputTokens: usage.output_tokens ?? 0,
    cacheReadTokens: usage.input_tokens_details?.cached_tokens ?? 0,
    cacheWriteTokens: usage.input_tokens_details?.cache_write_tokens ?? 0,
    reasoningTokens: usage.output_tokens_details?.reasoning_tokens ?? 0,
  };
}

/** A model behind OpenAI Responses. The SDK does not retry. */
export function createResponsesModel(
  model: ResolvedModel,
  endpoint: Endpoint,
  watchedFetch: WatchedFetch,
  idleTimeoutMs: number,
): Model {
  // Loading begins now, while the caller has other things to wait for.
  const sdk = import('./openai-client.ts');
  return {
    id: model.id,
    stream: (request, signal) =>
      runStream({
        model,
        signal,
        idleTimeoutMs,
        reducer: createReducer(),
        async open(abort, onActivity) {
          const { createClient } = await sdk;
          const client = createClient(endpoint, watchedFetch(onActivity));
          return client.post<Stream<ResponseStreamEvent>>('/responses', {
            ...streamed(toRequest(request, model)),
            signal: abort,
          });
        },
      }),
  };
}
