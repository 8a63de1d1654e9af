export interface StockCount {
  readonly onHand: number;
  readonly reserved: number;
  readonly available: number;
}

/** How much of each article there is, and how much of that is reserved. */
export class Stock {
  private readonly counts = new Map<string, { onHand: number; reserved: number }>();

  private entry(sku: string): { onHand: number; reserved: number } {
    let entry = this.counts.get(sku);
    if (entry === undefined) {
      entry = { onHand: 0, reserved: 0 };
      this.counts.set(sku, entry);
    }
    return entry;
  }

  skus(): string[] {
    return [...this.counts.keys()].sort();
  }

  count(sku: string): StockCount {
    const { onHand, reserved } = this.counts.get(sku) ?? { onHand: 0, reserved: 0 };
    return { onHand, reserved, available: onHand - reserved };
  }

  add(sku: string, quantity: number): void {
    this.entry(sku).onHand += quantity;
  }

  reserve(sku: string, quantity: number): void {
    this.entry(sku).reserved += quantity;
  }

  release(sku: string, quantity: number): void {
    this.entry(sku).reserved -= quantity;
  }

  ship(sku: string, quantity: number): void {
    const entry = this.entry(sku);
    entry.reserved -= quantity;
    entry.onHand -= quantity;
  }
}
