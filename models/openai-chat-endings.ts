/** The words with which servers of Chat Completions end an answer (`finish_reason`), and what they mean. Pure. */
import type { ModelError, StopReason } from './model.ts';

/** The ends of an answer that is whole, or cut at its limit; the last three are words of Hugging Face and Together. */
const FINISHED: ReadonlySet<string> = new Set([
  'stop',
  'tool_calls',
  'function_call',
  'length',
  'eos_token',
  'stop_sequence',
  'eos',
]);

/** The ends of an answer that the provider has stopped: OpenAI, then Zhipu, then Google. */
const FILTERED: ReadonlySet<string> = new Set(['content_filter', 'sensitive', 'safety']);

/** The ends of an answer for which the context had no room: Mistral, then Zhipu. */
const OUT_OF_CONTEXT: ReadonlySet<string> = new Set(['model_length', 'model_context_window_exceeded']);

/** Why an answer ended that was not broken off. Some servers end a turn of calls with `stop`. */
export function stopReasonOf(finish: string, hasCalls: boolean): StopReason {
  if (finish === 'length') return 'max_tokens';
  return hasCalls ? 'tool_calls' : 'end';
}

/** A server's own word for an end (`error`, `abort`, `malformed_function_call`) says that the answer is not whole. */
export function finishError(finish: string | null, refused: string): ModelError | undefined {
  if (finish !== null && FILTERED.has(finish)) {
    return { kind: 'refusal', message: "the provider's content filter stopped the answer" };
  }
  if (finish !== null && OUT_OF_CONTEXT.has(finish)) {
    return { kind: 'overflow', message: 'the context window was full before the answer was complete' };
  }
  if (finish !== null && !FINISHED.has(finish)) {
    return { kind: 'cut_stream', message: `the provider broke the answer off (finish_reason ${finish.slice(0, 80)})` };
  }
  if (finish !== null && refused !== '') return { kind: 'refusal', message: `the model refused to answer: ${refused}` };
  return undefined;
}
