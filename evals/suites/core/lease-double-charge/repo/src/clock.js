const START = Date.UTC(2024, 2, 1, 1, 0, 0);

/** Simulated time: `after` plans something, `run` lets time jump from plan to plan until nothing is left. */
export class Clock {
  constructor() {
    this.now = 0;
    this.plans = [];
    this.count = 0;
  }

  after(ms, action) {
    const plan = { at: this.now + ms, order: this.count++, action };
    let i = this.plans.length;
    while (i > 0 && (this.plans[i - 1].at > plan.at)) i--;
    this.plans.splice(i, 0, plan);
  }

  stamp() {
    return new Date(START + this.now).toISOString();
  }

  run(isOver, limitMs = 24 * 3_600_000) {
    while (this.plans.length > 0 && !isOver() && this.now <= limitMs) {
      const plan = this.plans.shift();
      this.now = plan.at;
      plan.action();
    }
  }
}
