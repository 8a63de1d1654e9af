export interface Stamp {
  readonly counter: number;
  readonly node: string;
}

/** Negative, zero or positive as `a` is older than, the same as or newer than `b`. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.counter !== b.counter) return a.counter - b.counter;
  return a.node < b.node ? -1 : a.node > b.node ? 1 : 0;
}

export function formatStamp(stamp: Stamp | undefined): string {
  return stamp === undefined ? '-' : `${stamp.counter}.${stamp.node}`;
}
