/**
 * Work that is done once for an object, not once for every request that it is part of: a transcript only grows, and what
 * is in it never changes.
 */

/** Gives what `make` gave for the same object before. `make` must be pure, and nobody may change the object or the result. */
export function once<Key extends object, Value extends NonNullable<unknown>>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return (key) => {
    const before = made.get(key);
    if (before !== undefined) return before;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
