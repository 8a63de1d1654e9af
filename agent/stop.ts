/** One signal for all that can stop a run from outside: its time limit, its sandbox's death, the person. */
import { outOfTime, type RunEnd } from './limits.ts';

export type Stopper = { signal: AbortSignal; stop(end: RunEnd): void; release(): void };

/** `outer` is the caller's signal; its reason, where it is a `RunEnd`, says how the run ended. */
export function createStopper(outer: AbortSignal, timeoutMs: number | null): Stopper {
  const controller = new AbortController();
  const stop = (end: unknown) => controller.abort(end);
  const onOuter = () => stop(outer.reason);
  if (outer.aborted) onOuter();
  outer.addEventListener('abort', onOuter, { once: true });
  const timer = timeoutMs === null ? undefined : setTimeout(() => stop(outOfTime(timeoutMs)), timeoutMs);
  return {
    signal: controller.signal,
    stop,
    release() {
      clearTimeout(timer);
      outer.removeEventListener('abort', onOuter);
    },
  };
}
