/**
 * Sums over a list that grows from one request to the next: each goes on from what the list before gave, so that a turn late in a
 * long session pays for what is new.
 */

/** Whether `list` begins with the same objects. */
export function beginsWith(list: readonly object[], start: readonly object[]): boolean {
  if (start.length > list.length) return false;
  for (let index = 0; index < start.length; index += 1) if (list[index] !== start[index]) return false;
  return true;
}

/**
 * Gives what `add` makes of a list's items one after the other, beginning with `empty`. `add` may change the sum that it is given;
 * nobody else may, and nobody may change an item.
 */
export function overGrowing<Item extends object, Sum>(
  empty: () => Sum,
  add: (sum: Sum, item: Item) => Sum,
): (items: readonly Item[]) => Sum {
  const known = new WeakMap<Item, { items: Item[]; sum: Sum }>();
  return (items) => {
    const [first] = items;
    if (first === undefined) return empty();
    const before = known.get(first);
    const begun = before && beginsWith(items, before.items) ? before : { items: [], sum: empty() };
    known.set(first, begun);
    for (const item of begun.items.length === 0 ? items : items.slice(begun.items.length)) {
      begun.sum = add(begun.sum, item);
      begun.items.push(item);
    }
    return begun.sum;
  };
}
