import { Warehouse } from './warehouse';

const COLUMNS = ['on hand', 'reserved', 'available'] as const;

/** A table of all articles. */
export function renderReport(warehouse: Warehouse): string {
  const row = (name: string, cells: readonly string[]): string => `${name.padEnd(16)}${cells.map((cell) => cell.padStart(12)).join('')}\n`;
  let text = row('article', COLUMNS);
  for (const sku of warehouse.skus()) {
    const { onHand, reserved, available } = warehouse.stock(sku);
    text += row(sku, [onHand, reserved, available].map(String));
  }
  return text;
}
