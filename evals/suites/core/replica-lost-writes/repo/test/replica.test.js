const assert = require('node:assert/strict');
const { test } = require('node:test');
const { Replica } = require('../build/index.js');

/** Replicas whose messages wait in a list until they are delivered or dropped. */
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

test('a change comes to the others', () => {
  const { replicas, deliver } = cluster('a', 'b', 'c');
  replicas.a.put('x', '1');
  deliver();
  assert.equal(replicas.b.get('x'), '1');
  replicas.b.delete('x');
  deliver();
  assert.equal(replicas.c.get('x'), undefined);
});

test('a change after another one has been received wins', () => {
  const { replicas, deliver } = cluster('a', 'b');
  replicas.b.put('x', '1');
  replicas.b.put('x', '2');
  deliver();
  replicas.a.put('x', '3');
  deliver();
  assert.equal(replicas.b.get('x'), '3');
});

test('of changes made at the same time the same one wins everywhere', () => {
  const { replicas, deliver } = cluster('a', 'b');
  replicas.a.put('x', 'from a');
  replicas.b.put('x', 'from b');
  deliver();
  assert.equal(replicas.a.get('x'), 'from b');
  assert.equal(replicas.b.get('x'), 'from b');
});

test('sync makes up for what was lost, in both directions', () => {
  const { replicas, deliver, drop } = cluster('a', 'b');
  replicas.a.put('x', '1');
  replicas.b.put('y', '2');
  drop();
  replicas.a.sync('b');
  deliver();
  assert.equal(replicas.a.get('y'), '2');
  assert.equal(replicas.b.get('x'), '1');
});

test('a replica starts from its snapshot', () => {
  const { replicas, start } = cluster('a', 'b');
  replicas.a.put('x', '1');
  const again = start('a', replicas.a.snapshot());
  assert.equal(again.get('x'), '1');
});
