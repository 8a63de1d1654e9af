/** Jobs under leases. A job is `ready`, `leased`, `done` or `dead`. */
export class Queue {
  constructor({ clock, log, leaseMs = 30_000, maxAttempts = 5 }) {
    this.clock = clock;
    this.log = log;
    this.leaseMs = leaseMs;
    this.maxAttempts = maxAttempts;
    this.jobs = new Map();
    this.ready = [];
    this.tokens = 0;
  }

  add(id, payload) {
    if (this.jobs.has(id)) throw new Error(`there is a job ${id} already`);
    this.jobs.set(id, { id, payload, state: 'ready', token: null, worker: null, attempts: 0, expiresAt: 0, notBefore: 0 });
    this.ready.push(id);
  }

  /** The first ready job that may start now, under a new lease, or null. */
  lease(worker) {
    const index = this.ready.findIndex((id) => this.jobs.get(id).notBefore <= this.clock.now);
    if (index < 0) return null;
    const [id] = this.ready.splice(index, 1);
    const job = this.jobs.get(id);
    job.state = 'leased';
    job.worker = worker;
    job.token = ++this.tokens;
    job.attempts++;
    job.expiresAt = this.clock.now + this.leaseMs;
    this.log.info('queue', 'leased', { job: id, token: job.token, worker, attempt: job.attempts, ready: this.ready.length });
    return { id, payload: job.payload, token: job.token, attempt: job.attempts, expiresAt: job.expiresAt };
  }

  /** The job, if this token is the one it was leased under last. */
  held(id, token) {
    const job = this.jobs.get(id);
    return job !== undefined && job.token === token ? job : null;
  }

  refuse(what, id, token) {
    this.log.warn('queue', `${what} refused`, { job: id, token });
    return false;
  }

  renew(id, token) {
    const job = this.held(id, token);
    if (job === null) return this.refuse('renewal', id, token);
    job.expiresAt = this.clock.now + this.leaseMs;
    this.log.debug('queue', 'renewed', { job: id, token, worker: job.worker, left: this.leaseMs });
    return true;
  }

  complete(id, token) {
    const job = this.held(id, token);
    if (job === null) return this.refuse('completion', id, token);
    job.state = 'done';
    this.log.info('queue', 'done', { job: id, token, worker: job.worker, attempts: job.attempts });
    return true;
  }

  /** Gives a job back that did not work out; it may start again after `delayMs`. */
  fail(id, token, reason, delayMs) {
    const job = this.held(id, token);
    if (job === null) return this.refuse('failure', id, token);
    this.log.warn('queue', 'failed', { job: id, token, worker: job.worker, attempts: job.attempts, reason });
    this.putBack(job, delayMs, 'push');
    return true;
  }

  /** Takes jobs back whose lease has run out; returns how many. */
  reap() {
    let count = 0;
    for (const job of this.jobs.values()) {
      if (job.state !== 'leased' || job.expiresAt > this.clock.now) continue;
      count++;
      this.log.warn('reaper', 'lease ran out', { job: job.id, token: job.token, worker: job.worker, late: this.clock.now - job.expiresAt });
      this.putBack(job, 0, 'unshift');
    }
    return count;
  }

  putBack(job, delayMs, how) {
    if (job.attempts >= this.maxAttempts) {
      job.state = 'dead';
      this.log.warn('queue', 'given up', { job: job.id, attempts: job.attempts });
      return;
    }
    job.state = 'ready';
    job.notBefore = this.clock.now + delayMs;
    this.ready[how](job.id);
  }

  counts() {
    const counts = { ready: 0, leased: 0, done: 0, dead: 0 };
    for (const job of this.jobs.values()) counts[job.state]++;
    return counts;
  }
}
