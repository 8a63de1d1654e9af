/** There is not enough of an article. */
export class OutOfStock extends Error {
  constructor(readonly sku: string, readonly missing: number) {
    super(`${missing} of ${sku} missing`);
    this.name = 'OutOfStock';
  }
}

/** Something is asked of an order that cannot be. */
export class OrderProblem extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'OrderProblem';
  }
}
