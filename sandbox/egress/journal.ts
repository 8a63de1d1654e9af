/** Writes down each connection that the egress proxy was asked for, once, when it is over. */
import type { NetworkConnection, NetworkEvent } from '../sandbox.ts';

/** A command in a loop must not fill the session's log; beyond this connections are counted only. */
export const MAX_LOGGED = 1000;

/** One connection, from the request on. */
export type Entry = {
  /** What is known of it by now. */
  know(facts: Partial<Pick<NetworkConnection, 'host' | 'port' | 'address' | 'verdict' | 'reason'>>): void;
  /** Reads the bytes so far: up, down. */
  count(bytes: () => [number, number]): void;
  /** Writes it down; a second call does nothing. */
  end(): void;
};

export type Journal = { begin(): Entry; close(): void };

/** `onEvent` gets an event for each connection, and at the end how many were not told. */
export function createJournal(onEvent: (event: NetworkEvent) => void, maxLogged = MAX_LOGGED): Journal {
  const open = new Set<Entry>();
  let logged = 0;
  let unlogged = 0;
  return {
    begin() {
      const startedAt = performance.now();
      let facts: Omit<NetworkConnection, 'type' | 'bytesUp' | 'bytesDown' | 'durationMs'> = {
        host: null,
        port: null,
        address: null,
        verdict: 'failed',
        reason: 'the client closed the connection',
      };
      let bytes: () => [number, number] = () => [0, 0];
      const entry: Entry = {
        know: (more) => {
          facts = { ...facts, ...more };
        },
        count: (read) => {
          bytes = read;
        },
        end() {
          if (!open.delete(entry)) return;
          logged += 1;
          if (logged > maxLogged) {
            unlogged += 1;
            return;
          }
          const [bytesUp, bytesDown] = bytes();
          const durationMs = Math.round(performance.now() - startedAt);
          onEvent({ type: 'network.connection', ...facts, bytesUp, bytesDown, durationMs });
        },
      };
      open.add(entry);
      return entry;
    },
    close() {
      for (const entry of [...open]) entry.end();
      if (unlogged > 0) onEvent({ type: 'network.unlogged', count: unlogged });
      unlogged = 0;
    },
  };
}
