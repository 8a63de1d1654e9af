const assert = require('node:assert/strict');
const { test } = require('node:test');
const { OrderProblem, OutOfStock, Warehouse, playScript, renderReport, restore, snapshot } = require('../build/index.js');

function warehouse() {
  const clock = { now: 0 };
  return { clock, shop: new Warehouse({ reservationMs: 1000, now: () => clock.now }) };
}

test('stock is received, reserved and shipped', () => {
  const { shop } = warehouse();
  shop.receive('apple', 10);
  shop.reserve('o-1', [{ sku: 'apple', quantity: 3 }, { sku: 'apple', quantity: 1 }]);
  assert.deepEqual(shop.stock('apple'), { onHand: 10, reserved: 4, available: 6, backordered: 0 });
  shop.confirm('o-1');
  assert.deepEqual(shop.stock('apple'), { onHand: 6, reserved: 0, available: 6, backordered: 0 });
  assert.deepEqual(shop.events.map(({ kind }) => kind), ['received', 'reserved', 'confirmed']);
});

test('an order is reserved as a whole or not at all', () => {
  const { shop } = warehouse();
  shop.receive('apple', 10);
  shop.receive('pear', 1);
  assert.throws(() => shop.reserve('o-1', [{ sku: 'apple', quantity: 3 }, { sku: 'pear', quantity: 3 }]), (error) => {
    assert.ok(error instanceof OutOfStock);
    assert.deepEqual([error.sku, error.missing], ['pear', 2]);
    return true;
  });
  assert.equal(shop.stock('apple').reserved, 0);
  assert.deepEqual(shop.openOrders(), []);
});

test('what cannot be asked', () => {
  const { shop } = warehouse();
  shop.receive('apple', 10);
  shop.reserve('o-1', [{ sku: 'apple', quantity: 3 }]);
  assert.throws(() => shop.reserve('o-1', [{ sku: 'apple', quantity: 3 }]), OrderProblem);
  assert.throws(() => shop.reserve('o-2', []), OrderProblem);
  assert.throws(() => shop.reserve('o-2', [{ sku: 'apple', quantity: 0 }]), OrderProblem);
  assert.throws(() => shop.confirm('o-2'), OrderProblem);
  assert.throws(() => shop.receive('apple', 1.5), OrderProblem);
});

test('reservations expire', () => {
  const { clock, shop } = warehouse();
  shop.receive('apple', 10);
  shop.reserve('o-1', [{ sku: 'apple', quantity: 3 }]);
  clock.now = 500;
  shop.reserve('o-2', [{ sku: 'apple', quantity: 3 }]);
  clock.now = 1000;
  assert.deepEqual(shop.expire(), ['o-1']);
  assert.equal(shop.stock('apple').available, 7);
});

test('a snapshot is restored', () => {
  const { clock, shop } = warehouse();
  shop.receive('apple', 10);
  clock.now = 400;
  shop.reserve('o-1', [{ sku: 'apple', quantity: 3 }]);
  const plain = JSON.parse(JSON.stringify(snapshot(shop)));
  assert.equal(plain.version, 2);
  const again = restore(plain, { reservationMs: 1000, now: () => clock.now });
  assert.deepEqual(again.stock('apple'), { onHand: 10, reserved: 3, available: 7, backordered: 0 });
  clock.now = 1400;
  assert.deepEqual(again.expire(), ['o-1']);
});

test('a report', () => {
  const { shop } = warehouse();
  shop.receive('pear', 2);
  shop.receive('apple', 10);
  shop.reserve('o-1', [{ sku: 'apple', quantity: 3 }]);
  assert.equal(renderReport(shop), [
    'article              on hand    reserved   available backordered',
    'apple                     10           3           7           0',
    'pear                       2           0           2           0',
    '',
  ].join('\n'));
});

test('a script', () => {
  const script = 'receive apple 10\nreserve o-1 apple:3\nreserve o-2 apple:8\nconfirm o-1 # paid\nreserve o-3 apple:7\nwait 600\nexpire\ndance\n';
  assert.equal(playScript(script), 'received 10 apple\nreserved o-1\n! 1 of apple missing\nconfirmed o-1\nreserved o-3\nexpired o-3\n! there is no command dance\n');
});
