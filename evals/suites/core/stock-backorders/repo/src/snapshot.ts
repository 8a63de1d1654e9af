import { Order } from './orders';
import { Warehouse, WarehouseOptions } from './warehouse';

export interface Snapshot {
  readonly version: 1;
  readonly stock: ReadonlyArray<{ readonly sku: string; readonly onHand: number }>;
  readonly orders: readonly Order[];
}

/** Stock and open orders as a plain object; events are not kept. */
export function snapshot(warehouse: Warehouse): Snapshot {
  return {
    version: 1,
    stock: warehouse.skus().map((sku) => ({ sku, onHand: warehouse.stock(sku).onHand })),
    orders: warehouse.openOrders(),
  };
}

export function restore(from: Snapshot, options: WarehouseOptions): Warehouse {
  if (from.version !== 1) throw new TypeError(`not a snapshot of a known version: ${from.version}`);
  const warehouse = new Warehouse(options);
  for (const { sku, onHand } of from.stock) warehouse.adoptStock(sku, onHand);
  for (const order of from.orders) warehouse.adopt(order);
  return warehouse;
}
