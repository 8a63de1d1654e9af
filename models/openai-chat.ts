/**
 * Chat Completions, OpenAI's and that of the many servers which speak it: our request to its wire form, its chunks to our
 * events, and the shell around both. Reading is lenient, since those servers differ in what they leave out.
 */
import { randomUUID } from 'node:crypto';
import type {
  ChatCompletionChunk,
  ChatCompletionContentPart,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions/completions';
import type { CompletionUsage } from 'openai/resources/completions';
import type { Stream } from 'openai/streaming';
import type { ResolvedModel } from './catalogue.ts';
import type { TokenCounts } from './cost.ts';
import type { WatchedFetch } from './direct-fetch.ts';
import { nearestEffort } from './effort.ts';
import { isRecord, toModelError } from './errors.ts';
import type { Endpoint } from './http.ts';
import { limitImages, OPENAI_IMAGE_LIMITS } from './image-limits.ts';
import type { ImagePart, Model, ModelError, ModelRequest, ReasoningPart, TextPart, ToolCallPart } from './model.ts';
import { once } from './once.ts';
import { finishError, stopReasonOf } from './openai-chat-endings.ts';
import { streamed } from './request-body.ts';
import { type Delta, type Reducer, runStream } from './stream.ts';
import { type AssistantStep, argumentsText, type Step, toSteps } from './transcript.ts';

/** The fields in which servers send a model's reasoning; it goes back in the one it came in. */
const REASONING_FIELDS = ['reasoning_content', 'reasoning'] as const;

/** Makes the request body. Pure. What only OpenAI itself is sure to know is sent only to models of the catalogue. */
export function toRequest(request: ModelRequest, model: ResolvedModel): ChatCompletionCreateParamsStreaming {
  const maxTokens = Math.min(request.maxOutputTokens, model.maxOutputTokens);
  const effort = nearestEffort(request.reasoningEffort, model);
  return {
    model: model.name,
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      ...(request.system === '' ? [] : [{ role: 'system' as const, content: request.system }]),
      ...toSteps(limitImages(request.messages, OPENAI_IMAGE_LIMITS), model).flatMap(toMessages),
    ],
    ...(model.known ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens }),
    ...(request.tools.length > 0 && {
      tools: request.tools.map(({ name, description, parameters }) => ({
        type: 'function' as const,
        function: { name, description, parameters },
      })),
    }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(model.known && request.cacheKey !== undefined && { prompt_cache_key: request.cacheKey }),
  };
}

const toMessages = once((step: Step): ChatCompletionMessageParam[] => {
  if (step.role === 'user') return [{ role: 'user', content: toContent(step.content) }];
  const results = step.results.map(
    (result): ChatCompletionMessageParam => ({
      role: 'tool',
      tool_call_id: result.id,
      content: textOf(result.content),
    }),
  );
  // A tool message takes text only: images of all results follow as one user message.
  const images = step.results.flatMap((result) => result.content.filter((part) => part.type === 'image'));
  const shown: ChatCompletionMessageParam[] =
    images.length === 0
      ? []
      : [{ role: 'user', content: toContent([{ type: 'text', text: 'Images from the tool results:' }, ...images]) }];
  return [toAssistant(step), ...results, ...shown];
});

function toAssistant(step: AssistantStep): ChatCompletionMessageParam {
  const calls = step.content
    .filter((part) => part.type === 'tool_call')
    .map(
      (call): ChatCompletionMessageFunctionToolCall => ({
        id: call.id,
        type: 'function',
        function: { name: call.name, arguments: argumentsText(call.arguments) },
      }),
    );
  const text = textOf(step.content);
  return {
    role: 'assistant',
    content: text === '' ? null : text,
    ...reasoningOf(step.content),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function reasoningOf(content: AssistantStep['content']): Partial<Record<(typeof REASONING_FIELDS)[number], string>> {
  for (const part of content) {
    if (part.type !== 'reasoning' || !isRecord(part.opaque)) continue;
    for (const field of REASONING_FIELDS) {
      const text = part.opaque[field];
      if (typeof text === 'string') return { [field]: text };
    }
  }
  return {};
}

function toContent(content: (TextPart | ImagePart)[]): string | ChatCompletionContentPart[] {
  if (content.every((part) => part.type === 'text')) return textOf(content);
  return content.map((part) =>
    part.type === 'text'
      ? { type: 'text', text: part.text }
      : { type: 'image_url', image_url: { url: `data:${part.mediaType};base64,${part.data}` } },
  );
}

function textOf(content: AssistantStep['content'] | (TextPart | ImagePart)[]): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

type ToolDelta = NonNullable<ChatCompletionChunk.Choice.Delta['tool_calls']>[number];

/**
 * Reads a Chat Completions stream. `newId` names calls that come without an id. A tool call's JSON is passed on as it
 * came, broken or not.
 */
export function createReducer(newId = () => `call_${randomUUID()}`): Reducer<ChatCompletionChunk> {
  const calls: (ToolCallPart & { index: number | undefined; givenId: string | undefined })[] = [];
  const reasoning = { field: '', text: '' };
  let text = '';
  let refused = '';
  let finish: string | null = null;
  let usage: CompletionUsage | null = null;
  let failure: ModelError | undefined;

  /**
   * The call that a delta belongs to. By its index; but a new id under a used index starts a call of its own (servers
   * that number every call 0), and a delta with neither belongs to the newest call.
   */
  function callOf(delta: ToolDelta): (typeof calls)[number] {
    const index: number | undefined = delta.index ?? undefined;
    const givenId = delta.id || undefined;
    const newest = index === undefined ? calls.at(-1) : calls.findLast((call) => call.index === index);
    const other = givenId !== undefined && newest?.givenId !== undefined && givenId !== newest.givenId;
    const unnumbered = index === undefined && givenId === undefined && Boolean(delta.function?.name);
    if (newest !== undefined && !other && !unnumbered) return newest;
    const call = { type: 'tool_call' as const, id: givenId ?? newId(), name: '', arguments: '', index, givenId };
    calls.push(call);
    return call;
  }

  function onToolDelta(delta: ToolDelta): Delta {
    const call = callOf(delta);
    call.name ||= delta.function?.name ?? '';
    const given: unknown = delta.function?.arguments ?? '';
    const piece = typeof given === 'string' ? given : JSON.stringify(given);
    call.arguments += piece;
    return { type: 'tool_call_delta', callId: call.id, name: call.name, arguments: piece };
  }

  function onReasoning(delta: ChatCompletionChunk.Choice.Delta): Delta[] {
    for (const field of REASONING_FIELDS) {
      const piece: unknown = Object.entries(delta).find(([key]) => key === field)?.[1];
      if (typeof piece !== 'string' || piece === '') continue;
      reasoning.field = field;
      reasoning.text += piece;
      return [{ type: 'reasoning_delta', text: piece }];
    }
    return [];
  }

  return {
    push(chunk) {
      failure ??= errorOf(chunk);
      usage = chunk.usage ?? usage;
      const choice = chunk.choices?.[0];
      if (choice === undefined) return [];
      // Some servers send an empty string while there is none.
      finish = choice.finish_reason || finish;
      const delta = choice.delta;
      if (!delta) return [];
      const deltas = onReasoning(delta);
      const said = contentText(delta.content) + (delta.refusal ?? '');
      refused += delta.refusal ?? '';
      text += said;
      if (said !== '') deltas.push({ type: 'text_delta', text: said });
      return [...deltas, ...(delta.tool_calls ?? []).map(onToolDelta)];
    },
    outcome() {
      const thought: ReasoningPart[] =
        reasoning.text === ''
          ? []
          : [{ type: 'reasoning', text: reasoning.text, opaque: { [reasoning.field]: reasoning.text } }];
      const said: TextPart[] = text === '' ? [] : [{ type: 'text', text }];
      const asked = calls.map(
        ({ type, id, name, arguments: json }): ToolCallPart => ({ type, id, name, arguments: json }),
      );
      const error = failure ?? finishError(finish, refused);
      return {
        content: [...thought, ...said, ...asked],
        tokens: countTokens(usage),
        stopReason: finish === null ? null : stopReasonOf(finish, calls.length > 0),
        ...(error !== undefined && { error }),
      };
    },
  };
}

/** An error where the SDK does not look for it: older versions of vLLM send one in the place of a chunk. */
function errorOf(chunk: unknown): ModelError | undefined {
  return isRecord(chunk) && chunk.object === 'error' ? toModelError({ error: chunk }, 'stream') : undefined;
}

/** A piece of content as text: Mistral's reasoning models send it in parts. */
function contentText(content: unknown): string {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return content.map((part) => (isRecord(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

function countTokens(usage: CompletionUsage | null): TokenCounts | null {
  if (usage === null) return null;
  return {
    inputTokens: usage.prompt_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? 0,
    cacheReadTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    cacheWriteTokens: usage.prompt_tokens_details?.cache_write_tokens ?? 0,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

/** A model behind Chat Completions. The SDK does not retry. */
export function createChatModel(
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
          return client.post<Stream<ChatCompletionChunk>>('/chat/completions', {
            ...streamed(toRequest(request, model)),
            signal: abort,
          });
        },
      }),
  };
}
