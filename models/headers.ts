/**
 * The part of the `Headers` class that the SDKs use. In the bundle it stands in for Node's own wherever they name it
 * (`scripts/build.ts`): the first mention of Node's loads its whole fetch, which took 90 ms (docs/benchmarks.md).
 */
export class LightHeaders {
  readonly #values = new Map<string, string>();

  constructor(init: Iterable<readonly [string, string]> | Readonly<Record<string, string>> = []) {
    const pairs = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }
  append(name: string, value: string): void {
    const before = this.get(name);
    this.set(name, before === null ? value : `${before}, ${value}`);
  }
  set(name: string, value: string): void {
    // Node's http refuses a value with a line break when the request is made.
    this.#values.set(name.toLowerCase(), String(value).trim());
  }
  delete(name: string): void {
    this.#values.delete(name.toLowerCase());
  }
  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }
  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }
  entries(): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

/** Stands in for `FormData`, of which the SDKs ask only whether a body is one. */
export class NoFormData {}
