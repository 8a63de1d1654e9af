import { LogicalClock } from './clock';
import { Logger } from './logger';
import { Message, Send } from './messages';
import { compareStamps, formatStamp } from './stamp';
import { Entry, Store } from './store';

export interface ReplicaOptions {
  readonly name: string;
  readonly peers: readonly string[];
  readonly send: Send;
  readonly log?: Logger;
  /** What an earlier run of this replica had stored. */
  readonly snapshot?: readonly Entry[];
}

export class Replica {
  readonly name: string;
  private readonly store = new Store();
  private readonly clock: LogicalClock;
  private readonly log: Logger;

  constructor(private readonly options: ReplicaOptions) {
    this.name = options.name;
    this.clock = new LogicalClock(options.name);
    this.log = options.log ?? (() => undefined);
    for (const entry of options.snapshot ?? []) this.store.write(entry);
  }

  get(key: string): string | undefined {
    return this.store.get(key);
  }

  entry(key: string): Entry | undefined {
    return this.store.entry(key);
  }

  snapshot(): Entry[] {
    return this.store.all();
  }

  put(key: string, value: string): Entry {
    return this.change(key, value);
  }

  delete(key: string): Entry {
    return this.change(key, null);
  }

  private change(key: string, value: string | null): Entry {
    const before = this.store.entry(key);
    const entry = { key, value, stamp: this.clock.tick() };
    this.store.write(entry);
    this.log('INFO', this.name, value === null ? 'delete' : 'put', { key, value, stamp: formatStamp(entry.stamp), before: formatStamp(before?.stamp) });
    for (const peer of this.options.peers) this.options.send(peer, { kind: 'change', entry });
    return entry;
  }

  /** Begins a comparison with a peer. */
  sync(peer: string): void {
    const stamps = this.store.all().map(({ key, stamp }) => ({ key, stamp }));
    this.log('DEBUG', this.name, 'sync', { with: peer, keys: stamps.length });
    this.options.send(peer, { kind: 'digest', stamps });
  }

  receive(from: string, message: Message): void {
    switch (message.kind) {
      case 'change':
        this.clock.observe(message.entry.stamp);
        this.take(message.entry, from, 'change');
        break;
      case 'digest':
        this.answer(from, message.stamps);
        break;
      case 'want':
        this.give(from, message.keys);
        break;
      case 'entries':
        for (const entry of message.entries) this.take(entry, from, 'sync');
        break;
    }
  }

  private take(entry: Entry, from: string, how: string): void {
    const before = this.store.entry(entry.key);
    const taken = this.store.merge(entry);
    const fields = { key: entry.key, stamp: formatStamp(entry.stamp), before: formatStamp(before?.stamp), from, how };
    if (taken) this.log('DEBUG', this.name, 'merged', fields);
    else this.log(before !== undefined && compareStamps(before.stamp, entry.stamp) === 0 ? 'DEBUG' : 'WARN', this.name, 'kept own', fields);
  }

  private answer(from: string, stamps: ReadonlyArray<{ key: string; stamp: Entry['stamp'] }>): void {
    const theirs = new Map(stamps.map(({ key, stamp }) => [key, stamp]));
    const newer = this.store.all().filter(({ key, stamp }) => {
      const other = theirs.get(key);
      return other === undefined || compareStamps(stamp, other) > 0;
    });
    const older = stamps.filter(({ key, stamp }) => {
      const own = this.store.entry(key);
      return own === undefined || compareStamps(own.stamp, stamp) < 0;
    });
    this.log('DEBUG', this.name, 'compared', { with: from, newer: newer.length, older: older.length });
    if (newer.length > 0) this.options.send(from, { kind: 'entries', entries: newer });
    if (older.length > 0) this.options.send(from, { kind: 'want', keys: older.map(({ key }) => key) });
  }

  private give(to: string, keys: readonly string[]): void {
    const entries = keys.map((key) => this.store.entry(key)).filter((entry): entry is Entry => entry !== undefined);
    this.options.send(to, { kind: 'entries', entries });
  }
}
