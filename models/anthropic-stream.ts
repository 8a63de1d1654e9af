/** What a Messages stream brings, put together. The beta API's events are the same and more. */
import type { BetaRawMessageStreamEvent } from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages/messages';
import { begunCompaction, compactionTokens, isCompaction, withContent } from './anthropic-compaction.ts';
import { addTokens, type TokenCounts } from './cost.ts';
import { isRecord } from './errors.ts';
import type { Json, ModelError, SaidPart, StopReason } from './model.ts';
import type { Delta, Outcome, Reducer } from './stream.ts';

/** An event of either API. */
export type WireEvent = RawMessageStreamEvent | BetaRawMessageStreamEvent;
type WireDelta = Extract<WireEvent, { type: 'message_delta' }>;
type WireStopReason = NonNullable<WireDelta['delta']['stop_reason']>;
type WireUsage = WireDelta['usage'] | Extract<WireEvent, { type: 'message_start' }>['message']['usage'];

const STOP_REASONS: Readonly<Partial<Record<WireStopReason, StopReason>>> = {
  end_turn: 'end',
  stop_sequence: 'end',
  tool_use: 'tool_calls',
  max_tokens: 'max_tokens',
  pause_turn: 'pause',
};

/** Reads a Messages stream. A tool call's JSON is passed on as it came, broken or not. */
export function createReducer(): Reducer<WireEvent> {
  const blocks = new Map<number, SaidPart>();
  const signatures = new Map<number, { type: 'thinking'; thinking: string; signature: string }>();
  let tokens: TokenCounts | null = null;
  let compactions: TokenCounts[] = [];
  let stop: WireStopReason | null = null;
  let explanation = '';
  let ended = false;

  function start(event: Extract<WireEvent, { type: 'content_block_start' }>): Delta[] {
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
    } else if (block.type === 'compaction') {
      blocks.set(index, begunCompaction(block));
    } else if (block.type === 'tool_use') {
      // The input comes in deltas; only a server that does not stream it sends it here, whole.
      const whole = isRecord(block.input) && Object.keys(block.input).length > 0 ? JSON.stringify(block.input) : '';
      blocks.set(index, { type: 'tool_call', id: block.id, name: block.name, arguments: whole });
      return [{ type: 'tool_call_delta', callId: block.id, name: block.name, arguments: whole }];
    }
    return [];
  }

  function append(event: Extract<WireEvent, { type: 'content_block_delta' }>): Delta[] {
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
    if (delta.type === 'compaction_delta' && block?.type === 'compaction') blocks.set(index, withContent(block, delta));
    return [];
  }

  return {
    push(event) {
      if (event.type === 'message_start') tokens = mergeUsage(tokens, event.message.usage);
      else if (event.type === 'content_block_start') return start(event);
      else if (event.type === 'content_block_delta') return append(event);
      else if (event.type === 'message_delta') {
        tokens = mergeUsage(tokens, event.usage);
        if (event.usage && 'iterations' in event.usage) compactions = compactionTokens(event.usage.iterations);
        stop = event.delta.stop_reason ?? stop;
        const details = event.delta.stop_details;
        if (details) explanation = details.explanation ?? details.category ?? '';
      } else if (event.type === 'message_stop') ended = true;
      return [];
    },
    outcome(): Outcome {
      const content = [...blocks].flatMap(([index, block]): SaidPart[] => {
        if (block.type === 'compaction') return isCompaction(block.opaque) ? [block] : [];
        const opaque: Json | undefined = signatures.get(index)?.signature ? signatures.get(index) : undefined;
        return [opaque === undefined || block.type !== 'reasoning' ? block : { ...block, opaque }];
      });
      const error = ended ? stopError(stop, explanation) : undefined;
      const stopReason = ended ? (STOP_REASONS[stop ?? 'end_turn'] ?? 'end') : null;
      const used = tokens && compactions.reduce(addTokens, tokens);
      return { content, tokens: used, stopReason, ...(error !== undefined && { error }) };
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
function mergeUsage(before: TokenCounts | null, usage: WireUsage | undefined): TokenCounts | null {
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
