/** Anthropic Messages: our request to its wire form, its stream events to ours, and the shell around both. */
import type {
  ImageBlockParam,
  MessageCreateParamsStreaming,
  MessageDeltaUsage,
  MessageParam,
  RawMessageStreamEvent,
  TextBlockParam,
  ToolResultBlockParam,
  StopReason as WireStopReason,
  Usage as WireUsage,
} from '@anthropic-ai/sdk/resources/messages/messages';
import { reasoningFields } from './anthropic-thinking.ts';
import type { ResolvedModel } from './catalogue.ts';
import type { TokenCounts } from './cost.ts';
import type { WatchedFetch } from './direct-fetch.ts';
import { isRecord } from './errors.ts';
import type { Endpoint } from './http.ts';
import { limitImages } from './image-limits.ts';
import type {
  ImagePart,
  Json,
  Model,
  ModelError,
  ModelRequest,
  ReasoningPart,
  StopReason,
  TextPart,
  ToolCallPart,
} from './model.ts';
import { once } from './once.ts';
import { type Delta, type Outcome, type Reducer, runStream } from './stream.ts';
import { type AssistantStep, argumentsObject, IMAGE_TYPES, type Step, toSteps } from './transcript.ts';

type AssistantBlock = Exclude<Extract<MessageParam, { role: 'assistant' }>['content'], string>[number];
type UserBlock = TextBlockParam | ImageBlockParam | ToolResultBlockParam;
type WireMessage = { role: 'user'; content: UserBlock[] } | { role: 'assistant'; content: AssistantBlock[] };

/**
 * 100 images in a request, 20 as soon as one has more than 2,000 pixels a side
 * (https://platform.claude.com/docs/en/build-with-claude/vision), and 32 MB in all, of which the text has its part.
 */
const IMAGE_LIMITS = { count: 100, largeCount: 20, largeSide: 2000, base64Bytes: 24_000_000 };

const CACHED = { cache_control: { type: 'ephemeral' } } as const;

/** Makes the request body. Pure; the bytes of a shared prefix are the same from turn to turn. */
export function toRequest(request: ModelRequest, model: ResolvedModel): MessageCreateParamsStreaming {
  const maxTokens = Math.min(request.maxOutputTokens, model.maxOutputTokens);
  const messages = toMessages(toSteps(limitImages(request.messages, IMAGE_LIMITS), model));
  return {
    model: model.name,
    max_tokens: maxTokens,
    stream: true,
    ...(request.system !== '' && { system: [{ type: 'text', text: request.system, ...CACHED }] }),
    ...(request.tools.length > 0 && {
      tools: request.tools.map((tool, index) => ({
        name: tool.name,
        description: tool.description,
        input_schema: { ...tool.parameters, type: 'object' as const },
        ...(index === request.tools.length - 1 && CACHED),
      })),
    }),
    messages: withBreakpoints(messages),
    ...reasoningFields(request.reasoningEffort, maxTokens, model, messages),
  };
}

function toMessages(steps: Step[]): WireMessage[] {
  const messages: WireMessage[] = [];
  // The API reads neighbours of one role as one message; joining them here keeps servers happy that insist on turns.
  const pushUser = (content: UserBlock[]) => {
    const last = messages.at(-1);
    if (last?.role === 'user') messages[messages.length - 1] = { role: 'user', content: [...last.content, ...content] };
    else messages.push({ role: 'user', content });
  };
  if (steps[0]?.role !== 'user') pushUser([{ type: 'text', text: '[the conversation goes on]' }]);
  for (const step of steps) {
    if (step.role === 'user') {
      pushUser(step.content.map(toBlock));
      continue;
    }
    const { said, results } = toBlocks(step);
    const last = messages.at(-1);
    if (last?.role === 'assistant') {
      messages[messages.length - 1] = { role: 'assistant', content: [...last.content, ...said] };
    } else messages.push({ role: 'assistant', content: said });
    if (results.length > 0) pushUser(results);
  }
  return messages;
}

/** Nobody changes these: the next request has them too. */
const toBlocks = once((step: AssistantStep) => ({
  said: step.content.flatMap(toAssistantBlock),
  results: step.results.map(toResultBlock),
}));

function toBlock(part: TextPart | ImagePart): TextBlockParam | ImageBlockParam {
  if (part.type === 'text') return { type: 'text', text: part.text };
  const media_type = IMAGE_TYPES.find((type) => type === part.mediaType);
  if (media_type === undefined) throw new Error(`an image of type ${part.mediaType} should have been left out`);
  return { type: 'image', source: { type: 'base64', media_type, data: part.data } };
}

function toResultBlock(result: AssistantStep['results'][number]): ToolResultBlockParam {
  const content = result.content.map(toBlock);
  return {
    type: 'tool_result',
    tool_use_id: result.id,
    ...(content.length > 0 && { content }),
    ...(result.isError && { is_error: true }),
  };
}

function toAssistantBlock(part: TextPart | ReasoningPart | ToolCallPart): AssistantBlock[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }];
  if (part.type === 'tool_call') {
    return [{ type: 'tool_use', id: part.id, name: part.name, input: argumentsObject(part.arguments) }];
  }
  const opaque = isRecord(part.opaque) ? part.opaque : {};
  if (opaque.type === 'redacted_thinking' && typeof opaque.data === 'string') {
    return [{ type: 'redacted_thinking', data: opaque.data }];
  }
  if (opaque.type === 'thinking' && typeof opaque.thinking === 'string' && typeof opaque.signature === 'string') {
    return [{ type: 'thinking', thinking: opaque.thinking, signature: opaque.signature }];
  }
  return [];
}

/**
 * Marks the last two user messages for the cache: the newest, which this request writes, and the one before, which the
 * last request wrote. With the system text and the tools that makes the four breakpoints that the API allows.
 */
function withBreakpoints(messages: WireMessage[]): MessageParam[] {
  const marked: MessageParam[] = [...messages];
  let left = 2;
  for (let index = messages.length - 1; index >= 0 && left > 0; index -= 1) {
    const message = messages[index];
    if (message?.role !== 'user') continue;
    const last = message.content.length - 1;
    marked[index] = {
      ...message,
      content: message.content.map((block, i) => (i === last ? { ...block, ...CACHED } : block)),
    };
    left -= 1;
  }
  return marked;
}

const STOP_REASONS: Readonly<Partial<Record<WireStopReason, StopReason>>> = {
  end_turn: 'end',
  stop_sequence: 'end',
  tool_use: 'tool_calls',
  max_tokens: 'max_tokens',
  pause_turn: 'pause',
};

/** Reads a Messages stream. A tool call's JSON is passed on as it came, broken or not. */
export function createReducer(): Reducer<RawMessageStreamEvent> {
  const blocks = new Map<number, TextPart | ReasoningPart | ToolCallPart>();
  const signatures = new Map<number, { type: 'thinking'; thinking: string; signature: string }>();
  let tokens: TokenCounts | null = null;
  let stop: WireStopReason | null = null;
  let explanation = '';
  let ended = false;

  function start(event: Extract<RawMessageStreamEvent, { type: 'content_block_start' }>): Delta[] {
    const { index, content_block: block } = event;
    if (block.type === 'text') {
      blocks.set(index, { type: 'text', text: block.text });
      return block.text === '' ? [] : [{ type: 'text_delta', text: block.text }];
    }
    if (block.type === 'thinking') {
      signatures.set(index, { type: 'thinking', thinking: block.thinking, signature: block.signature ?? '' });
      blocks.set(index, { type: 'reasoning', text: block.thinking });
    } else if (block.type === 'redacted_thinking') {
      blocks.set(index, { type: 'reasoning', text: '', opaque: { type: block.type, data: block.data } });
    } else if (block.type === 'tool_use') {
      // The input comes in deltas; only a server that does not stream it sends it here, whole.
      const whole = isRecord(block.input) && Object.keys(block.input).length > 0 ? JSON.stringify(block.input) : '';
      blocks.set(index, { type: 'tool_call', id: block.id, name: block.name, arguments: whole });
      return [{ type: 'tool_call_delta', callId: block.id, name: block.name, arguments: whole }];
    }
    return [];
  }

  function append(event: Extract<RawMessageStreamEvent, { type: 'content_block_delta' }>): Delta[] {
    const { index, delta } = event;
    const block = blocks.get(index);
    const signed = signatures.get(index);
    if (delta.type === 'text_delta' && block?.type === 'text') {
      block.text += delta.text;
      return [{ type: 'text_delta', text: delta.text }];
    }
    if (delta.type === 'input_json_delta' && block?.type === 'tool_call') {
      block.arguments += delta.partial_json;
      return [{ type: 'tool_call_delta', callId: block.id, name: block.name, arguments: delta.partial_json }];
    }
    if (delta.type === 'thinking_delta' && block?.type === 'reasoning' && signed) {
      block.text += delta.thinking;
      signed.thinking += delta.thinking;
      return [{ type: 'reasoning_delta', text: delta.thinking }];
    }
    if (delta.type === 'signature_delta' && signed) signed.signature += delta.signature;
    return [];
  }

  return {
    push(event) {
      if (event.type === 'message_start') tokens = mergeUsage(tokens, event.message.usage);
      else if (event.type === 'content_block_start') return start(event);
      else if (event.type === 'content_block_delta') return append(event);
      else if (event.type === 'message_delta') {
        tokens = mergeUsage(tokens, event.usage);
        stop = event.delta.stop_reason ?? stop;
        const details = event.delta.stop_details;
        if (details) explanation = details.explanation ?? details.category ?? '';
      } else if (event.type === 'message_stop') ended = true;
      return [];
    },
    outcome(): Outcome {
      const content = [...blocks].map(([index, block]) => {
        const opaque: Json | undefined = signatures.get(index)?.signature ? signatures.get(index) : undefined;
        return opaque === undefined ? block : { ...block, opaque };
      });
      const error = ended ? stopError(stop, explanation) : undefined;
      const stopReason = ended ? (STOP_REASONS[stop ?? 'end_turn'] ?? 'end') : null;
      return { content, tokens, stopReason, ...(error !== undefined && { error }) };
    },
  };
}

function stopError(stop: WireStopReason | null, explanation: string): ModelError | undefined {
  if (stop === 'refusal') {
    return { kind: 'refusal', message: `the model refused to answer${explanation && `: ${explanation}`}` };
  }
  if (stop === 'model_context_window_exceeded') {
    return { kind: 'overflow', message: 'the context window was full before the answer was complete' };
  }
  return undefined;
}

/** Usage comes first with the input and last with the totals; a field that is missing later keeps its earlier value. */
function mergeUsage(before: TokenCounts | null, usage: WireUsage | MessageDeltaUsage | undefined): TokenCounts | null {
  if (!usage) return before;
  const cacheReadTokens = usage.cache_read_input_tokens ?? before?.cacheReadTokens ?? 0;
  const cacheWriteTokens = usage.cache_creation_input_tokens ?? before?.cacheWriteTokens ?? 0;
  const uncachedBefore = before ? before.inputTokens - before.cacheReadTokens - before.cacheWriteTokens : 0;
  return {
    inputTokens: (usage.input_tokens ?? uncachedBefore) + cacheReadTokens + cacheWriteTokens,
    outputTokens: usage.output_tokens ?? before?.outputTokens ?? 0,
    cacheReadTokens,
    cacheWriteTokens,
    reasoningTokens: usage.output_tokens_details?.thinking_tokens ?? before?.reasoningTokens ?? 0,
  };
}

/** A model behind Anthropic Messages. The SDK does not retry. */
export function createAnthropicModel(
  model: ResolvedModel,
  endpoint: Endpoint,
  watchedFetch: WatchedFetch,
  idleTimeoutMs: number,
): Model {
  // Loading begins now, while the caller has other things to wait for.
  const sdk = import('@anthropic-ai/sdk');
  return {
    id: model.id,
    stream: (request, signal) =>
      runStream({
        model,
        signal,
        idleTimeoutMs,
        reducer: createReducer(),
        async open(abort, onActivity) {
          const { Anthropic } = await sdk;
          const client = new Anthropic({
            apiKey: endpoint.apiKey,
            authToken: null,
            baseURL: endpoint.baseURL,
            fetch: watchedFetch(onActivity),
            maxRetries: 0,
            logLevel: 'off',
          });
          return client.messages.create(toRequest(request, model), { signal: abort });
        },
      }),
  };
}
