/** What was charged. */
export class Ledger {
  constructor(log) {
    this.log = log;
    this.charges = [];
  }

  charge(invoice, cents, worker) {
    this.charges.push({ invoice, cents, worker });
    this.log.info('ledger', 'charged', { invoice, cents, worker, total: this.charges.length });
  }

  /** How often each invoice was charged. */
  perInvoice() {
    const counts = new Map();
    for (const { invoice } of this.charges) counts.set(invoice, (counts.get(invoice) ?? 0) + 1);
    return counts;
  }
}
