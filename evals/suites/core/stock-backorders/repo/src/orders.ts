import { OrderProblem } from './errors';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** An order that has a reservation. */
export interface Order {
  readonly id: string;
  readonly lines: readonly Line[];
  readonly reservedAt: number;
}

export function checkQuantity(sku: string, quantity: number): void {
  if (!Number.isSafeInteger(quantity) || quantity <= 0) throw new OrderProblem(`not a quantity of ${sku}: ${quantity}`);
}

/** Adds up lines of the same article; they stay in the order in which the articles occur first. */
export function mergeLines(lines: readonly Line[]): Line[] {
  if (lines.length === 0) throw new OrderProblem('an order has at least one line');
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) {
    checkQuantity(sku, quantity);
    quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  }
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}
