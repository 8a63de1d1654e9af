import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Clock } from '../src/clock.js';
import { createLog } from '../src/log.js';
import { playNight } from '../src/night.js';
import { Queue } from '../src/queue.js';

const script = fileURLToPath(new URL('../scripts/nightly.js', import.meta.url));

function queueOf(ids, options = {}) {
  const clock = new Clock();
  const queue = new Queue({ clock, log: createLog(clock, () => {}), leaseMs: 100, ...options });
  for (const id of ids) queue.add(id, {});
  return { clock, queue };
}

describe('a worker whose lease ran out and was reaped', () => {
  function reaped() {
    const { clock, queue } = queueOf(['a', 'b']);
    const { token } = queue.lease('w1');
    clock.now = 120;
    assert.equal(queue.reap(), 1);
    return { clock, queue, token };
  }

  test('cannot renew, though nobody else has taken the job', () => {
    const { queue, token } = reaped();
    assert.equal(queue.renew('a', token), false);
    assert.deepEqual(queue.counts(), { ready: 2, leased: 0, done: 0, dead: 0 });
  });

  test('cannot complete: the job is still to be done', () => {
    const { queue, token } = reaped();
    assert.equal(queue.complete('a', token), false);
    const again = queue.lease('w2');
    assert.equal(again.id, 'a');
    assert.equal(queue.complete('a', again.token), true);
    assert.equal(queue.lease('w2').id, 'b');
    assert.equal(queue.lease('w2'), null);
  });

  test('cannot fail the job, which would be ready twice', () => {
    const { queue, token } = reaped();
    assert.equal(queue.fail('a', token, 'declined', 0), false);
    assert.deepEqual([queue.lease('w2').id, queue.lease('w2').id, queue.lease('w2')], ['a', 'b', null]);
  });

  test('cannot delay the job by failing it', () => {
    const { queue, token } = reaped();
    queue.fail('a', token, 'declined', 10_000);
    assert.equal(queue.lease('w2').id, 'a');
  });

  test('cannot make it dead by failing it', () => {
    const { clock, queue } = queueOf(['a'], { maxAttempts: 2 });
    queue.lease('w1');
    clock.now = 100;
    queue.reap();
    const second = queue.lease('w2');
    clock.now = 150;
    assert.equal(queue.fail('a', second.token, 'declined', 0), true);
    assert.equal(queue.fail('a', second.token, 'declined', 0), false);
    assert.equal(queue.counts().dead, 1);
  });
});

describe('a worker whose lease ran out, before the reaper noticed', () => {
  function late(now = 100) {
    const { clock, queue } = queueOf(['a']);
    const { token } = queue.lease('w1');
    clock.now = now;
    return { clock, queue, token };
  }

  test('cannot renew', () => {
    const { queue, token } = late();
    assert.equal(queue.renew('a', token), false);
    assert.equal(queue.reap(), 1);
  });

  test('cannot complete or fail', () => {
    const { queue, token } = late(101);
    assert.equal(queue.complete('a', token), false);
    assert.equal(queue.fail('a', token, 'declined', 0), false);
    assert.equal(queue.reap(), 1);
    assert.equal(queue.lease('w2').attempt, 2);
  });

  test('has it until the last moment', () => {
    const { queue, token } = late(99);
    assert.equal(queue.renew('a', token), true);
    assert.equal(queue.complete('a', token), true);
  });
});

test('a job that is done or failed is not held any more', () => {
  const { queue } = queueOf(['a', 'b']);
  const a = queue.lease('w1');
  queue.complete('a', a.token);
  assert.equal(queue.renew('a', a.token), false);
  assert.equal(queue.complete('a', a.token), false);
  assert.equal(queue.fail('a', a.token, 'late', 0), false);
  const b = queue.lease('w1');
  queue.fail('b', b.token, 'declined', 0);
  assert.equal(queue.renew('b', b.token), false);
  assert.deepEqual(queue.counts(), { ready: 1, leased: 0, done: 1, dead: 0 });
});

describe('a night', () => {
  for (const seed of [1, 7, 11, 12]) {
    test(`charges every invoice once (seed ${seed})`, () => {
      const { done, dead, charges, tooMany, notCharged } = playNight({ seed });
      assert.deepEqual({ total: done + dead, charges, tooMany, notCharged }, { total: 320, charges: done, tooMany: 0, notCharged: 0 });
    });
  }

  test('with many workers charges every invoice once', () => {
    for (let seed = 100; seed < 106; seed++) {
      const audit = playNight({ seed, invoices: 300, workers: 3 });
      assert.equal(audit.tooMany, 0, `seed ${seed}`);
      assert.equal(audit.charges, audit.done, `seed ${seed}`);
    }
  });

  test('tells every charge in the log, of jobs that are done once', () => {
    const lines = [];
    const audit = playNight({ seed: 12, write: (line) => lines.push(line) });
    assert.equal(lines.filter((line) => / ledger +charged /.test(line)).length, audit.done);
    const done = lines.filter((line) => / queue +done /.test(line)).map((line) => /job=(\S+)/.exec(line)[1]);
    assert.equal(new Set(done).size, done.length);
  });
});

test('the nightly script finds nothing', () => {
  const { status, stdout } = spawnSync(process.execPath, [script, '7', '--quiet'], { encoding: 'utf8' });
  assert.match(stdout, /tooMany=0/);
  assert.equal(status, 0);
});
