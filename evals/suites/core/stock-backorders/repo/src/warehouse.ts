import { OrderProblem, OutOfStock } from './errors';
import { Event } from './events';
import { checkQuantity, Line, mergeLines, Order } from './orders';
import { Stock, StockCount } from './stock';

export interface WarehouseOptions {
  readonly reservationMs: number;
  /** The time in milliseconds. */
  readonly now?: () => number;
}

export class Warehouse {
  readonly events: Event[] = [];
  private readonly stocks = new Stock();
  private readonly orders = new Map<string, Order>();
  private readonly now: () => number;

  constructor(private readonly options: WarehouseOptions) {
    this.now = options.now ?? Date.now;
  }

  skus(): string[] {
    return this.stocks.skus();
  }

  stock(sku: string): StockCount {
    return this.stocks.count(sku);
  }

  /** Orders that have a reservation, oldest first. */
  openOrders(): Order[] {
    return [...this.orders.values()];
  }

  receive(sku: string, quantity: number): void {
    checkQuantity(sku, quantity);
    this.stocks.add(sku, quantity);
    this.events.push({ kind: 'received', sku, quantity });
  }

  reserve(id: string, lines: readonly Line[]): void {
    if (this.orders.has(id)) throw new OrderProblem(`there is an order ${id} already`);
    const merged = mergeLines(lines);
    for (const { sku, quantity } of merged) {
      const { available } = this.stocks.count(sku);
      if (available < quantity) throw new OutOfStock(sku, quantity - available);
    }
    for (const { sku, quantity } of merged) this.stocks.reserve(sku, quantity);
    this.orders.set(id, { id, lines: merged, reservedAt: this.now() });
    this.events.push({ kind: 'reserved', order: id });
  }

  /** The goods of an order leave. */
  confirm(id: string): void {
    const order = this.find(id);
    for (const { sku, quantity } of order.lines) this.stocks.ship(sku, quantity);
    this.orders.delete(id);
    this.events.push({ kind: 'confirmed', order: id });
  }

  cancel(id: string): void {
    this.release(this.find(id), 'cancelled');
  }

  /** Ends reservations that are too old; returns their orders. */
  expire(): string[] {
    const old = this.openOrders().filter(({ reservedAt }) => this.now() - reservedAt >= this.options.reservationMs);
    for (const order of old) this.release(order, 'expired');
    return old.map(({ id }) => id);
  }

  /** Puts an order back as it was; for snapshots. */
  adopt(order: Order): void {
    for (const { sku, quantity } of order.lines) this.stocks.reserve(sku, quantity);
    this.orders.set(order.id, order);
  }

  /** Puts stock back without an event; for snapshots. */
  adoptStock(sku: string, onHand: number): void {
    this.stocks.add(sku, onHand);
  }

  private find(id: string): Order {
    const order = this.orders.get(id);
    if (order === undefined) throw new OrderProblem(`there is no order ${id}`);
    return order;
  }

  private release(order: Order, kind: 'cancelled' | 'expired'): void {
    for (const { sku, quantity } of order.lines) this.stocks.release(sku, quantity);
    this.orders.delete(order.id);
    this.events.push({ kind, order: order.id });
  }
}
