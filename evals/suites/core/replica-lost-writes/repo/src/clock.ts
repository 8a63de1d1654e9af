import { Stamp } from './stamp';

/** Gives stamps whose counters grow. */
export class LogicalClock {
  private counter = 0;

  constructor(private readonly node: string) {}

  /** A stamp for a new change. */
  tick(): Stamp {
    this.counter++;
    return { counter: this.counter, node: this.node };
  }

  /** Takes notice of a stamp from elsewhere: later stamps of this clock are newer. */
  observe(stamp: Stamp): void {
    this.counter = Math.max(this.counter, stamp.counter);
  }
}
