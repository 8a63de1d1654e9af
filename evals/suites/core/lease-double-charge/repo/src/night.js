import { Clock } from './clock.js';
import { Ledger } from './ledger.js';
import { createLog } from './log.js';
import { Queue } from './queue.js';
import { createRandom } from './random.js';
import { startWorker } from './worker.js';

const REAP_EVERY_MS = 5_000;

/** Plays a night; returns the audit: counts of jobs, charges, charges too many, and invoices that were not charged. */
export function playNight({ seed, invoices = 320, workers = 5, write = () => {} }) {
  const clock = new Clock();
  const log = createLog(clock, write);
  const random = createRandom(seed);
  const queue = new Queue({ clock, log, maxAttempts: 9 });
  const ledger = new Ledger(log);
  for (let i = 1; i <= invoices; i++) queue.add(`inv-${String(i).padStart(4, '0')}`, { cents: random.between(199, 48_900) });

  const isOver = () => {
    const { ready, leased } = queue.counts();
    return ready + leased === 0 && queue.ready.length === 0;
  };
  for (let i = 1; i <= workers; i++) startWorker(`w${i}`, { clock, log, queue, ledger, random, isOver });
  const reap = () => {
    const count = queue.reap();
    log.debug('reaper', 'looked', { found: count, ...queue.counts() });
    if (!isOver()) clock.after(REAP_EVERY_MS, reap);
  };
  clock.after(REAP_EVERY_MS, reap);
  clock.run(isOver);

  const charged = ledger.perInvoice();
  let tooMany = 0;
  for (const count of charged.values()) tooMany += count - 1;
  const { done, dead } = queue.counts();
  return { done, dead, charges: ledger.charges.length, tooMany, notCharged: done - charged.size };
}
