const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const { describe, test } = require('node:test');
const { Replica } = require('../build/index.js');
const { simulate } = require('../build/simulation.js');

function cluster(...names) {
  const waiting = [];
  const replicas = {};
  const start = (name, snapshot) => {
    const peers = names.filter((peer) => peer !== name);
    replicas[name] = new Replica({ name, peers, snapshot, send: (to, message) => waiting.push({ from: name, to, message }) });
    return replicas[name];
  };
  for (const name of names) start(name);
  const deliver = () => {
    while (waiting.length > 0) {
      const { from, to, message } = waiting.shift();
      replicas[to].receive(from, message);
    }
  };
  const drop = () => waiting.splice(0);
  return { replicas, start, deliver, drop };
}

/** b has made several changes to x that nobody received. */
function ahead(...names) {
  const all = cluster(...names);
  for (let i = 1; i <= 5; i++) all.replicas.b.put('x', `b${i}`);
  all.drop();
  return all;
}

describe('a change wins over what the replica had learned by sync', () => {
  test('asked for by itself', () => {
    const { replicas, deliver } = ahead('a', 'b');
    replicas.a.sync('b');
    deliver();
    replicas.a.put('x', 'later');
    deliver();
    assert.deepEqual([replicas.a.get('x'), replicas.b.get('x')], ['later', 'later']);
  });

  test('begun by the other one', () => {
    const { replicas, deliver } = ahead('a', 'b');
    replicas.b.sync('a');
    deliver();
    replicas.a.put('x', 'later');
    deliver();
    assert.equal(replicas.b.get('x'), 'later');
  });

  test('a deletion, too', () => {
    const { replicas, deliver, drop } = ahead('a', 'b');
    replicas.a.sync('b');
    deliver();
    replicas.a.delete('x');
    drop();
    replicas.b.sync('a');
    deliver();
    assert.deepEqual([replicas.a.get('x'), replicas.b.get('x')], [undefined, undefined]);
  });

  test('after a tombstone was learned by sync', () => {
    const { replicas, deliver, drop } = ahead('a', 'b');
    replicas.b.delete('x');
    drop();
    replicas.a.sync('b');
    deliver();
    replicas.a.put('x', 'anew');
    deliver();
    assert.equal(replicas.b.get('x'), 'anew');
  });

  test('by way of a third replica', () => {
    const { replicas, deliver } = ahead('a', 'b', 'c');
    replicas.b.sync('c');
    deliver();
    replicas.a.sync('c');
    deliver();
    const { stamp } = replicas.a.put('x', 'later');
    assert.ok(stamp.counter > 5);
    deliver();
    assert.deepEqual([replicas.b.get('x'), replicas.c.get('x')], ['later', 'later']);
  });

  test('also for another key', () => {
    const { replicas, deliver } = ahead('a', 'b');
    replicas.a.sync('b');
    deliver();
    assert.ok(replicas.a.put('other', '1').stamp.counter > 5);
  });
});

describe('a change wins over what a replica started from', () => {
  test('its own changes', () => {
    const { replicas, start, deliver } = cluster('a', 'b');
    for (let i = 1; i <= 3; i++) replicas.a.put('x', `old ${i}`);
    deliver();
    start('a', replicas.a.snapshot());
    replicas.a.put('x', 'new');
    deliver();
    assert.deepEqual([replicas.a.get('x'), replicas.b.get('x')], ['new', 'new']);
  });

  test('changes of others', () => {
    const { replicas, start, deliver } = cluster('a', 'b');
    for (let i = 1; i <= 3; i++) replicas.b.put('x', `old ${i}`);
    deliver();
    start('a', replicas.a.snapshot());
    replicas.a.delete('x');
    deliver();
    assert.equal(replicas.b.get('x'), undefined);
  });

  test('a stamp is never given twice', () => {
    const { replicas, start, deliver } = cluster('a', 'b');
    const first = replicas.a.put('x', '1').stamp;
    deliver();
    start('a', replicas.a.snapshot());
    const second = replicas.a.put('y', '2').stamp;
    assert.ok(second.counter > first.counter);
  });

  test('tombstones count', () => {
    const { replicas, start, deliver } = cluster('a', 'b');
    replicas.a.put('x', '1');
    replicas.a.delete('x');
    deliver();
    start('a', replicas.a.snapshot());
    replicas.a.put('x', '2');
    deliver();
    assert.equal(replicas.b.get('x'), '2');
  });
});

test('what a replica has not seen still wins by its stamp', () => {
  const { replicas, deliver } = ahead('a', 'b');
  replicas.a.put('x', 'early');
  deliver();
  replicas.a.sync('b');
  deliver();
  assert.deepEqual([replicas.a.get('x'), replicas.b.get('x')], ['b5', 'b5']);
});

test('entries that are not newer change nothing', () => {
  const { replicas, deliver } = ahead('a', 'b');
  replicas.a.sync('b');
  deliver();
  const { stamp } = replicas.a.entry('x');
  replicas.a.receive('b', { kind: 'entries', entries: [{ key: 'x', value: 'stale', stamp: { counter: 2, node: 'b' } }] });
  assert.deepEqual(replicas.a.entry('x'), { key: 'x', value: 'b5', stamp });
});

describe('a soak test', () => {
  for (const seed of [1, 5, 8]) {
    test(`loses nothing (seed ${seed})`, () => {
      const { changes, diverged, lost } = simulate({ seed });
      assert.ok(changes > 1000);
      assert.deepEqual({ diverged, lost }, { diverged: 0, lost: 0 });
    });
  }

  test('loses nothing where few keys are changed often', () => {
    let lost = 0;
    for (let seed = 20; seed < 26; seed++) lost += simulate({ seed, keys: 6 }).lost;
    assert.equal(lost, 0);
  });

  test('is played by the script', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(__dirname, '../build/soak.js'), '--quiet'], { encoding: 'utf8' });
    assert.match(stdout, /^audit: changes=\d+ restarts=\d+ diverged=0 lost=0\n$/);
    assert.equal(status, 0);
  });
});
