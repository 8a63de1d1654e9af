/** Work that is done by so many at a time. */

/**
 * Calls `work` for each item, `jobs` at a time, in order. The first failure keeps the others from beginning anything new, is waited
 * for, and is thrown; so is the signal's reason.
 */
export async function inParallel<T>(
  items: readonly T[],
  jobs: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  let failed = false;
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      if (failed || signal.aborted) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(jobs, items.length) }, worker));
  signal.throwIfAborted();
  const failure = ended.find((end) => end.status === 'rejected');
  if (failure) throw failure.reason;
}
