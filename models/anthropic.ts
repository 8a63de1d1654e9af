/** Anthropic Messages: our request to its wire form, and the shell around it and the reading of the stream. */
import type {
  BetaCompactionBlockParam,
  MessageCreateParamsStreaming as BetaMessageCreateParamsStreaming,
} from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type {
  ImageBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  RawMessageStreamEvent,
  TextBlockParam,
  ToolResultBlockParam,
} from '@anthropic-ai/sdk/resources/messages/messages';
import type { Stream } from '@anthropic-ai/sdk/streaming';
import { compactionFields, isCompaction } from './anthropic-compaction.ts';
import { createReducer } from './anthropic-stream.ts';
import { reasoningFields } from './anthropic-thinking.ts';
import type { ResolvedModel } from './catalogue.ts';
import type { WatchedFetch } from './direct-fetch.ts';
import { isRecord } from './errors.ts';
import { overGrowing } from './growing.ts';
import type { Endpoint } from './http.ts';
import { limitImages } from './image-limits.ts';
import type { ImagePart, Model, ModelRequest, SaidPart, TextPart } from './model.ts';
import { once } from './once.ts';
import { streamed } from './request-body.ts';
import { runStream } from './stream.ts';
import { type AssistantStep, argumentsObject, IMAGE_TYPES, type Step, toSteps } from './transcript.ts';

type AssistantBlock = Exclude<Extract<MessageParam, { role: 'assistant' }>['content'], string>[number];
type UserBlock = TextBlockParam | ImageBlockParam | ToolResultBlockParam;
type WireMessage<Block> = { role: 'user'; content: UserBlock[] } | { role: 'assistant'; content: Block[] };

/**
 * 100 images in a request, 20 as soon as one has more than 2,000 pixels a side
 * (https://platform.claude.com/docs/en/build-with-claude/vision), and 32 MB in all, of which the text has its part.
 */
const IMAGE_LIMITS = { count: 100, largeCount: 20, largeSide: 2000, base64Bytes: 24_000_000 };

const CACHED = { cache_control: { type: 'ephemeral' } } as const;

/** Makes the request body. Pure; the bytes of a shared prefix are the same from turn to turn. */
export function toRequest(request: ModelRequest, model: ResolvedModel): MessageCreateParamsStreaming {
  const messages = toMessages(stepsOf(request, model));
  return {
    ...headOf(request, model),
    messages: withBreakpoints(messages),
    ...reasoningFields(request.reasoningEffort, outputOf(request, model), model, messages),
  };
}

/** The same for a request that asks for compaction from `at` tokens on, which is the beta API's. */
export function toCompactingRequest(
  request: ModelRequest,
  model: ResolvedModel,
  at: number,
): BetaMessageCreateParamsStreaming {
  const messages = toBetaMessages(stepsOf(request, model));
  return {
    ...headOf(request, model),
    messages: withBreakpoints(messages),
    ...reasoningFields(request.reasoningEffort, outputOf(request, model), model, messages),
    ...compactionFields(at),
  };
}

function stepsOf(request: ModelRequest, model: ResolvedModel): Step[] {
  return toSteps(limitImages(request.messages, IMAGE_LIMITS), model);
}

function outputOf(request: ModelRequest, model: ResolvedModel): number {
  return Math.min(request.maxOutputTokens, model.maxOutputTokens);
}

/** What stands before the messages. */
function headOf(request: ModelRequest, model: ResolvedModel): Omit<MessageCreateParamsStreaming, 'messages'> {
  return {
    model: model.name,
    max_tokens: outputOf(request, model),
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
  };
}

/** Nobody changes these: the next request has them too. */
const toBlocks = once((step: AssistantStep) => ({
  said: step.content.flatMap(toAssistantBlock),
  results: step.results.map(toResultBlock),
}));

const toBetaBlocks = once((step: AssistantStep) => ({
  said: step.content.flatMap((part): (AssistantBlock | BetaCompactionBlockParam)[] => {
    if (part.type !== 'compaction') return toAssistantBlock(part);
    return isCompaction(part.opaque) ? [part.opaque] : [];
  }),
  results: step.results.map(toResultBlock),
}));

/** Makes the messages of steps; the next request goes on from the same ones, so nobody changes them. */
function messagesOver<Block>(
  blocksOf: (step: AssistantStep) => { said: Block[]; results: ToolResultBlockParam[] },
): (steps: readonly Step[]) => readonly WireMessage<Block>[] {
  // The API reads neighbours of one role as one message; joining them here keeps servers happy that insist on turns.
  const pushUser = (messages: WireMessage<Block>[], content: UserBlock[]) => {
    const last = messages.at(-1);
    if (last?.role === 'user') messages[messages.length - 1] = { role: 'user', content: [...last.content, ...content] };
    else messages.push({ role: 'user', content });
  };
  const goesOn: UserBlock[] = [{ type: 'text', text: '[the conversation goes on]' }];
  const grown = overGrowing<Step, WireMessage<Block>[]>(
    () => [],
    (messages, step) => {
      if (step.role === 'user') {
        pushUser(messages, step.content.map(toBlock));
        return messages;
      }
      if (messages.length === 0) pushUser(messages, goesOn);
      const { said, results } = blocksOf(step);
      if (said.length === 0) return messages;
      const last = messages.at(-1);
      if (last?.role === 'assistant') {
        messages[messages.length - 1] = { role: 'assistant', content: [...last.content, ...said] };
      } else messages.push({ role: 'assistant', content: said });
      if (results.length > 0) pushUser(messages, results);
      return messages;
    },
  );
  return (steps) => (steps.length === 0 ? [{ role: 'user', content: goesOn }] : grown(steps));
}

const toMessages = messagesOver(toBlocks);
const toBetaMessages = messagesOver(toBetaBlocks);

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

function toAssistantBlock(part: SaidPart): AssistantBlock[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }];
  if (part.type === 'tool_call') {
    return [{ type: 'tool_use', id: part.id, name: part.name, input: argumentsObject(part.arguments) }];
  }
  if (part.type === 'compaction') return [];
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
function withBreakpoints<Block>(messages: readonly WireMessage<Block>[]): WireMessage<Block>[] {
  const marked = [...messages];
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
          const { compactAt } = request;
          return compactAt === undefined
            ? client.post<Stream<RawMessageStreamEvent>>('/v1/messages', {
                ...streamed(toRequest(request, model)),
                signal: abort,
              })
            : client.beta.messages.create(toCompactingRequest(request, model, compactAt), { signal: abort });
        },
      }),
  };
}
