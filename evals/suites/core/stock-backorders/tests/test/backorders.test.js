const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { OrderProblem, OutOfStock, Warehouse, formatEvent, playScript, renderReport, restore, snapshot } = require('../build/index.js');

function warehouse() {
  const clock = { now: 0 };
  const options = { reservationMs: 1000, now: () => clock.now };
  return { clock, options, shop: new Warehouse(options) };
}

const lines = (quantities) => Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity }));
const back = (shop, id, quantities, priority) => shop.reserve(id, lines(quantities), { backorder: true, ...(priority === undefined ? {} : { priority }) });
const told = (shop, from = 0) => shop.events.slice(from).map(formatEvent);

describe('an order that may wait', () => {
  test('is reserved like any other when there is enough', () => {
    const { shop } = warehouse();
    shop.receive('apple', 5);
    back(shop, 'o-1', { apple: 5 });
    assert.deepEqual(shop.stock('apple'), { onHand: 5, reserved: 5, available: 0, backordered: 0 });
    assert.deepEqual(told(shop), ['received 5 apple', 'reserved o-1']);
    shop.confirm('o-1');
  });

  test('takes what there is, line by line', () => {
    const { shop } = warehouse();
    shop.receive('apple', 2);
    shop.receive('plum', 9);
    back(shop, 'o-1', { apple: 5, pear: 1, plum: 4 });
    assert.deepEqual(shop.stock('apple'), { onHand: 2, reserved: 2, available: 0, backordered: 3 });
    assert.deepEqual(shop.stock('pear'), { onHand: 0, reserved: 0, available: 0, backordered: 1 });
    assert.deepEqual(shop.stock('plum'), { onHand: 9, reserved: 4, available: 5, backordered: 0 });
    assert.deepEqual(told(shop, 2), ['backordered o-1']);
  });

  test('is checked like any other', () => {
    const { shop } = warehouse();
    back(shop, 'o-1', { apple: 1 });
    assert.throws(() => back(shop, 'o-1', { apple: 1 }), OrderProblem);
    assert.throws(() => back(shop, 'o-2', { apple: -1 }), OrderProblem);
    assert.throws(() => shop.reserve('o-2', [], { backorder: true }), OrderProblem);
    assert.throws(() => back(shop, 'o-2', { apple: 1 }, 1.5), OrderProblem);
    assert.throws(() => back(shop, 'o-2', { apple: 1 }, Number.NaN), OrderProblem);
    assert.equal(shop.stock('apple').backordered, 1);
  });

  test('cannot be confirmed before it is complete', () => {
    const { shop } = warehouse();
    shop.receive('apple', 2);
    back(shop, 'o-1', { apple: 3 });
    assert.throws(() => shop.confirm('o-1'), OrderProblem);
    assert.deepEqual(shop.stock('apple'), { onHand: 2, reserved: 2, available: 0, backordered: 1 });
    shop.receive('apple', 1);
    shop.confirm('o-1');
    assert.deepEqual(shop.stock('apple'), { onHand: 0, reserved: 0, available: 0, backordered: 0 });
  });

  test('without the option an order still never waits', () => {
    const { shop } = warehouse();
    for (const options of [undefined, {}, { backorder: false }, { backorder: false, priority: 9 }]) {
      assert.throws(() => shop.reserve('o-1', lines({ apple: 1 }), options), OutOfStock);
    }
    assert.deepEqual(shop.openOrders(), []);
    assert.equal(shop.events.length, 0);
  });
});

describe('stock that comes in', () => {
  test('goes to the orders that wait, the oldest first', () => {
    const { shop } = warehouse();
    back(shop, 'o-1', { apple: 3 });
    back(shop, 'o-2', { apple: 2 });
    const from = shop.events.length;
    shop.receive('apple', 4);
    assert.deepEqual(told(shop, from), ['received 4 apple', 'allocated 3 apple to o-1', 'ready o-1', 'allocated 1 apple to o-2']);
    assert.deepEqual(shop.stock('apple'), { onHand: 4, reserved: 4, available: 0, backordered: 1 });
    shop.receive('apple', 3);
    assert.deepEqual(told(shop, from + 4), ['received 3 apple', 'allocated 1 apple to o-2', 'ready o-2']);
    assert.equal(shop.stock('apple').available, 2);
  });

  test('goes to higher priorities before that', () => {
    const { shop } = warehouse();
    back(shop, 'low', { apple: 1 }, -1);
    back(shop, 'usual', { apple: 1 });
    back(shop, 'high', { apple: 1 }, 5);
    back(shop, 'also high', { apple: 1 }, 5);
    const from = shop.events.length;
    shop.receive('apple', 3);
    assert.deepEqual(shop.events.slice(from).filter(({ kind }) => kind === 'ready').map(({ order }) => order), ['high', 'also high', 'usual']);
    assert.equal(shop.stock('apple').backordered, 1);
  });

  test('does not take from others what they already have', () => {
    const { shop } = warehouse();
    shop.receive('apple', 2);
    back(shop, 'o-1', { apple: 3 });
    back(shop, 'o-2', { apple: 1 }, 9);
    const from = shop.events.length;
    shop.receive('apple', 1);
    assert.deepEqual(told(shop, from), ['received 1 apple', 'allocated 1 apple to o-2', 'ready o-2']);
  });

  test('of one article does not complete an order that waits for another', () => {
    const { shop } = warehouse();
    back(shop, 'o-1', { apple: 1, pear: 1 });
    const from = shop.events.length;
    shop.receive('pear', 1);
    assert.deepEqual(told(shop, from), ['received 1 pear', 'allocated 1 pear to o-1']);
    shop.receive('apple', 1);
    assert.deepEqual(told(shop, from + 2), ['received 1 apple', 'allocated 1 apple to o-1', 'ready o-1']);
  });

  test('is not there for new orders while others wait for it', () => {
    const { shop } = warehouse();
    back(shop, 'o-1', { apple: 5 });
    shop.receive('apple', 4);
    assert.throws(() => shop.reserve('o-2', lines({ apple: 1 })), OutOfStock);
  });
});

describe('stock that becomes free', () => {
  test('by cancelling goes to those who wait', () => {
    const { shop } = warehouse();
    shop.receive('apple', 3);
    shop.receive('pear', 1);
    shop.reserve('o-1', lines({ pear: 1, apple: 3 }));
    back(shop, 'o-2', { apple: 2, pear: 1 });
    const from = shop.events.length;
    shop.cancel('o-1');
    assert.deepEqual(told(shop, from), ['cancelled o-1', 'allocated 1 pear to o-2', 'allocated 2 apple to o-2', 'ready o-2']);
    assert.equal(shop.stock('apple').available, 1);
  });

  test('by cancelling an order that waits as well', () => {
    const { shop } = warehouse();
    shop.receive('apple', 2);
    back(shop, 'o-1', { apple: 5 });
    back(shop, 'o-2', { apple: 3 });
    const from = shop.events.length;
    shop.cancel('o-1');
    assert.deepEqual(told(shop, from), ['cancelled o-1', 'allocated 2 apple to o-2']);
    assert.deepEqual(shop.stock('apple'), { onHand: 2, reserved: 2, available: 0, backordered: 1 });
  });

  test('by expiring goes to those who wait, who then have their full time', () => {
    const { clock, shop } = warehouse();
    shop.receive('apple', 2);
    shop.reserve('o-1', lines({ apple: 2 }));
    back(shop, 'o-2', { apple: 1 });
    clock.now = 1500;
    assert.deepEqual(shop.expire(), ['o-1']);
    assert.deepEqual(told(shop).slice(-3), ['expired o-1', 'allocated 1 apple to o-2', 'ready o-2']);
    clock.now = 2499;
    assert.deepEqual(shop.expire(), []);
    clock.now = 2500;
    assert.deepEqual(shop.expire(), ['o-2']);
  });
});

describe('expiring', () => {
  test('leaves orders that wait alone, however old', () => {
    const { clock, shop } = warehouse();
    shop.receive('apple', 1);
    back(shop, 'o-1', { apple: 2 });
    clock.now = 1_000_000;
    assert.deepEqual(shop.expire(), []);
    shop.receive('apple', 1);
    clock.now += 999;
    assert.deepEqual(shop.expire(), []);
    clock.now += 1;
    assert.deepEqual(shop.expire(), ['o-1']);
  });

  test('counts from reserving for an order that never had to wait', () => {
    const { clock, shop } = warehouse();
    shop.receive('apple', 2);
    back(shop, 'o-1', { apple: 2 });
    clock.now = 1000;
    assert.deepEqual(shop.expire(), ['o-1']);
  });
});

describe('snapshots', () => {
  test('keep who waits for what, and in which order', () => {
    const { options, shop } = warehouse();
    shop.receive('apple', 1);
    back(shop, 'o-1', { apple: 2, pear: 1 });
    back(shop, 'o-2', { apple: 1 }, 3);
    back(shop, 'o-3', { apple: 1 });
    const plain = JSON.parse(JSON.stringify(snapshot(shop)));
    const again = restore(plain, options);
    assert.deepEqual(JSON.parse(JSON.stringify(snapshot(again))), plain);
    assert.deepEqual(again.stock('apple'), { onHand: 1, reserved: 1, available: 0, backordered: 3 });
    assert.deepEqual(again.stock('pear'), { onHand: 0, reserved: 0, available: 0, backordered: 1 });
    again.receive('apple', 2);
    assert.deepEqual(told(again), ['received 2 apple', 'allocated 1 apple to o-2', 'ready o-2', 'allocated 1 apple to o-1']);
    assert.throws(() => again.confirm('o-1'), OrderProblem);
    again.receive('pear', 1);
    again.confirm('o-1');
  });

  test('of version 1 can still be restored', () => {
    const { clock, options } = warehouse();
    const old = { version: 1, stock: [{ sku: 'apple', onHand: 5 }], orders: [{ id: 'o-1', lines: [{ sku: 'apple', quantity: 2 }], reservedAt: 100 }] };
    const shop = restore(old, options);
    assert.deepEqual(shop.stock('apple'), { onHand: 5, reserved: 2, available: 3, backordered: 0 });
    clock.now = 1100;
    assert.deepEqual(shop.expire(), ['o-1']);
    assert.equal(snapshot(shop).version, 2);
  });

  test('of other versions cannot', () => {
    assert.throws(() => restore({ version: 3, stock: [], orders: [] }, { reservationMs: 1 }), TypeError);
  });

  test('do not change with the warehouse', () => {
    const { shop } = warehouse();
    back(shop, 'o-1', { apple: 2 });
    const before = snapshot(shop);
    const text = JSON.stringify(before);
    shop.receive('apple', 2);
    assert.equal(JSON.stringify(before), text);
  });
});

test('the report has a column for what is backordered', () => {
  const { shop } = warehouse();
  shop.receive('apple', 1);
  back(shop, 'o-1', { apple: 4, pear: 2 });
  assert.equal(renderReport(shop), [
    'article              on hand    reserved   available backordered',
    'apple                      1           1           0           3',
    'pear                       0           0           0           2',
    '',
  ].join('\n'));
});

test('scripts have backorder and priority', () => {
  const script = 'receive apple 1\nbackorder o-1 apple:2\nbackorder o-2!7 apple:1\nconfirm o-1\nreceive apple 1\nconfirm o-2\nreceive apple 1\nconfirm o-1\nbackorder o-3!x apple:1\n';
  const [, , , refused, ...rest] = playScript(script).split('\n');
  assert.match(refused, /^! /);
  assert.deepEqual(rest.slice(0, -2), [
    'received 1 apple',
    'allocated 1 apple to o-2',
    'ready o-2',
    'confirmed o-2',
    'received 1 apple',
    'allocated 1 apple to o-1',
    'ready o-1',
    'confirmed o-1',
  ]);
  assert.match(rest[8], /^! /);
});
