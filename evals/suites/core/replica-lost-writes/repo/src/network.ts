import { Logger } from './logger';
import { Message } from './messages';
import { Random } from './random';

/** Simulated time and a network on it that delays, repeats, reorders and loses messages. */
export class Network {
  now = 0;
  /** Once true, nothing is lost any more. */
  calm = false;
  private readonly plans: Array<{ at: number; order: number; action: () => void }> = [];
  private order = 0;

  constructor(private readonly random: Random, private readonly log: () => Logger, private readonly deliver: (from: string, to: string, message: Message) => void) {}

  after(ms: number, action: () => void): void {
    const plan = { at: this.now + ms, order: this.order++, action };
    let i = this.plans.length;
    while (i > 0 && this.plans[i - 1].at > plan.at) i--;
    this.plans.splice(i, 0, plan);
  }

  send(from: string, to: string, message: Message): void {
    if (!this.calm && this.random.chance(message.kind === 'change' ? 0.12 : 0.04)) {
      this.log()('DEBUG', 'net', 'lost', { from, to, kind: message.kind, key: message.kind === 'change' ? message.entry.key : undefined });
      return;
    }
    const copies = !this.calm && this.random.chance(0.03) ? 2 : 1;
    for (let i = 0; i < copies; i++) this.after(this.random.between(20, 900), () => this.deliver(from, to, message));
  }

  run(until: number): void {
    while (this.plans.length > 0 && this.plans[0].at <= until) {
      const plan = this.plans.shift();
      if (plan === undefined) break;
      this.now = plan.at;
      plan.action();
    }
    this.now = until;
  }
}
