import { compareStamps, Stamp } from './stamp';

/** What a key holds; `null` is a tombstone. */
export interface Entry {
  readonly key: string;
  readonly value: string | null;
  readonly stamp: Stamp;
}

/** The newest known entry of each key. */
export class Store {
  private readonly entries = new Map<string, Entry>();

  entry(key: string): Entry | undefined {
    return this.entries.get(key);
  }

  get(key: string): string | undefined {
    return this.entries.get(key)?.value ?? undefined;
  }

  /** Replaces an entry without asking. */
  write(entry: Entry): void {
    this.entries.set(entry.key, entry);
  }

  /** Takes an entry if it is newer than what is there; tells whether it was. */
  merge(entry: Entry): boolean {
    const known = this.entries.get(entry.key);
    if (known !== undefined && compareStamps(known.stamp, entry.stamp) >= 0) return false;
    this.entries.set(entry.key, entry);
    return true;
  }

  all(): Entry[] {
    return [...this.entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }
}
