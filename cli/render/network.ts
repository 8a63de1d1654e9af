/** A connection out of the sandbox in one line. */
import type { SessionEvent } from '../../session/index.ts';
import { duration, oneLine, type Paint } from './text.ts';

/** `⇄ network allowed a.example.com:443 (192.0.2.1) …`, or why it was not. */
export function network(
  event: Extract<SessionEvent, { type: 'network.connection' | 'network.unlogged' }>,
  paint: Paint,
): string {
  if (event.type === 'network.unlogged') return paint('dim', `⇄ network: ${event.count} more connections`);
  const { host, port, address, verdict, reason, bytesUp, bytesDown, durationMs } = event;
  const where = host === null ? 'no proper host' : `${host}:${port ?? ''}`;
  if (verdict !== 'allowed') return paint('yellow', `⇄ network ${verdict} ${where}: ${oneLine(reason, 300)}`);
  return `⇄ network allowed ${where} (${address}) ${paint('dim', `${bytesUp} B up, ${bytesDown} B down, ${duration(durationMs)}`)}`;
}
