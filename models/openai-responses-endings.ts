/** What the last event of a Responses stream says of how it ended: status, error, incomplete details. Pure. */
import type { Response as WireResponse } from 'openai/resources/responses/responses';
import { streamError } from './errors.ts';
import type { ModelError, StopReason } from './model.ts';

/** Why a response ended. */
export function stopReasonOf(response: WireResponse, content: { type: string }[]): StopReason {
  // Somebody else's words are to be heard first, which only a connection of another kind than ours can bring.
  if (response.incomplete_details?.reason === 'steered') return 'pause';
  if (response.status === 'incomplete') return 'max_tokens';
  return content.some((part) => part.type === 'tool_call') ? 'tool_calls' : 'end';
}

/** Why a response that has ended is no answer; undefined: it is one. `refused` is what the model said in refusing. */
export function endError(response: WireResponse, refused: string): ModelError | undefined {
  if (response.status === 'failed') {
    const { code, type, message } = response.error ?? {};
    return streamError({ code: code ?? '', type: type ?? '', message: message ?? 'the response failed' });
  }
  if (response.status === 'cancelled') return { kind: 'cut_stream', message: 'the provider cancelled the response' };
  if (response.incomplete_details?.reason === 'content_filter') {
    return { kind: 'refusal', message: "the provider's content filter stopped the answer" };
  }
  return refused === '' ? undefined : { kind: 'refusal', message: `the model refused to answer: ${refused}` };
}
