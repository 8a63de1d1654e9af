const IDLE_MS = 1_000;
const DECLINED_DELAY_MS = 60_000;

/** Starts a worker: it takes a job, works on it in steps, charges, and takes the next one. */
export function startWorker(name, { clock, log, queue, ledger, random, isOver }) {
  function next() {
    if (isOver()) return;
    const job = queue.lease(name);
    if (job === null) {
      clock.after(IDLE_MS, next);
      return;
    }
    step(job, random.between(3, 7));
  }

  function drop(job) {
    log.warn('worker', 'job dropped', { worker: name, job: job.id, token: job.token });
    clock.after(IDLE_MS, next);
  }

  function step(job, left) {
    if (!queue.renew(job.id, job.token)) {
      drop(job);
      return;
    }
    if (left === 0) {
      settle(job);
      return;
    }
    let ms = random.between(900, 5_200);
    if (random.chance(0.035)) {
      const stall = random.between(8_000, 61_000);
      log.warn('worker', 'stalled', { worker: name, job: job.id, token: job.token, ms: stall });
      ms += stall;
    }
    log.debug('worker', 'step', { worker: name, job: job.id, token: job.token, left, ms, heap: random.between(40, 180), queue: queue.ready.length });
    clock.after(ms, () => step(job, left - 1));
  }

  function settle(job) {
    if (random.chance(0.05)) {
      queue.fail(job.id, job.token, 'declined', DECLINED_DELAY_MS);
    } else {
      ledger.charge(job.id, job.payload.cents, name);
      queue.complete(job.id, job.token);
    }
    clock.after(random.between(50, 400), next);
  }

  clock.after(random.between(0, 900), next);
}
