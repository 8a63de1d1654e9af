/** Notices a model that makes the same failing call again and again. */
import type { ToolCallPart } from '../models/index.ts';

/** So many identical failing calls in a row are a loop. */
const LOOP_LENGTH = 3;

export type Verdict = 'fine' | 'warn' | 'stop';

/** Returns a function that takes each call with its result, in order: `warn` the first time, `stop` the next. */
export function watchRepetition(): (call: Pick<ToolCallPart, 'name' | 'arguments'>, isError: boolean) => Verdict {
  let last = '';
  let count = 0;
  let warned = false;
  return (call, isError) => {
    const key = `${call.name} ${call.arguments}`;
    if (!isError) count = 0;
    else count = key === last ? count + 1 : 1;
    last = key;
    if (count < LOOP_LENGTH) return 'fine';
    count = 0;
    if (warned) return 'stop';
    warned = true;
    return 'warn';
  };
}
