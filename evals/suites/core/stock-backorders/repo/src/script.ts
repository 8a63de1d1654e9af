import { OrderProblem, OutOfStock } from './errors';
import { formatEvent } from './events';
import { Line } from './orders';
import { renderReport } from './report';
import { Warehouse } from './warehouse';

function readLine(text: string): Line {
  const [sku, quantity] = text.split(':');
  return { sku, quantity: Number(quantity) };
}

/**
 * Plays a script, one command a line, and returns what it prints. Commands: `receive SKU N`, `reserve ORDER SKU:N …`,
 * `confirm ORDER`, `cancel ORDER`, `wait SECONDS`, `expire`, `report`. Reservations last ten minutes.
 */
export function playScript(script: string): string {
  let now = 0;
  let output = '';
  const warehouse = new Warehouse({ reservationMs: 600_000, now: () => now });
  const run = ([command, ...args]: string[]): void => {
    switch (command) {
      case 'receive':
        return warehouse.receive(args[0], Number(args[1]));
      case 'reserve':
        return warehouse.reserve(args[0], args.slice(1).map(readLine));
      case 'confirm':
        return warehouse.confirm(args[0]);
      case 'cancel':
        return warehouse.cancel(args[0]);
      case 'wait':
        now += Number(args[0]) * 1000;
        return;
      case 'expire':
        warehouse.expire();
        return;
      case 'report':
        output += renderReport(warehouse);
        return;
      default:
        throw new OrderProblem(`there is no command ${command}`);
    }
  };
  for (const line of script.split('\n')) {
    const words = line.replace(/#.*$/, '').trim().split(/\s+/);
    if (words[0] === '') continue;
    const seen = warehouse.events.length;
    try {
      run(words);
    } catch (error) {
      if (!(error instanceof OrderProblem) && !(error instanceof OutOfStock)) throw error;
      output += `! ${error.message}\n`;
    }
    for (const event of warehouse.events.slice(seen)) output += `${formatEvent(event)}\n`;
  }
  return output;
}
