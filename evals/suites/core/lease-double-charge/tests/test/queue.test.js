import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clock } from '../src/clock.js';
import { createLog } from '../src/log.js';
import { playNight } from '../src/night.js';
import { Queue } from '../src/queue.js';

function queueOf(ids, options = {}) {
  const clock = new Clock();
  const queue = new Queue({ clock, log: createLog(clock, () => {}), leaseMs: 100, ...options });
  for (const id of ids) queue.add(id, {});
  return { clock, queue };
}

test('jobs are handed out in order, each once', () => {
  const { queue } = queueOf(['a', 'b']);
  assert.equal(queue.lease('w').id, 'a');
  assert.equal(queue.lease('w').id, 'b');
  assert.equal(queue.lease('w'), null);
});

test('a lease that is renewed in time does not run out', () => {
  const { clock, queue } = queueOf(['a']);
  const { token } = queue.lease('w');
  clock.now = 90;
  assert.equal(queue.renew('a', token), true);
  clock.now = 180;
  assert.equal(queue.reap(), 0);
  assert.equal(queue.complete('a', token), true);
  assert.deepEqual(queue.counts(), { ready: 0, leased: 0, done: 1, dead: 0 });
});

test('a job whose lease ran out goes to the front', () => {
  const { clock, queue } = queueOf(['a', 'b', 'c']);
  queue.lease('w1');
  clock.now = 100;
  assert.equal(queue.reap(), 1);
  const again = queue.lease('w2');
  assert.equal(again.id, 'a');
  assert.equal(again.attempt, 2);
});

test('the first worker cannot renew or complete what another one holds', () => {
  const { clock, queue } = queueOf(['a']);
  const first = queue.lease('w1');
  clock.now = 100;
  queue.reap();
  const second = queue.lease('w2');
  assert.equal(queue.renew('a', first.token), false);
  assert.equal(queue.complete('a', first.token), false);
  assert.equal(queue.complete('a', second.token), true);
});

test('a job that fails waits, and is given up in the end', () => {
  const { clock, queue } = queueOf(['a'], { maxAttempts: 2 });
  queue.fail('a', queue.lease('w').token, 'declined', 50);
  assert.equal(queue.lease('w'), null);
  clock.now = 50;
  queue.fail('a', queue.lease('w').token, 'declined', 50);
  assert.equal(queue.counts().dead, 1);
});

test('a short night without trouble', () => {
  const audit = playNight({ seed: 1, invoices: 10, workers: 2 });
  assert.deepEqual(audit, { done: 10, dead: 0, charges: 10, tooMany: 0, notCharged: 0 });
});
