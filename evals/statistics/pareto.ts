/**
 * The points that no other point beats: none is both at most as dear and at least as successful, and better in one of
 * the two. Points that are equal in both stand or fall together. Sorted by cost, then in the order given. Costs may be
 * in any one unit. Throws a RangeError on a number that is not finite.
 */
export function paretoFront<Point extends { cost: number; success: number }>(points: readonly Point[]): Point[] {
  for (const { cost, success } of points) {
    if (!Number.isFinite(cost) || !Number.isFinite(success)) {
      throw new RangeError(`a point of the front needs a finite cost and success, not ${cost} and ${success}`);
    }
  }
  const byCost = points.toSorted((a, b) => a.cost - b.cost || b.success - a.success);
  const front: Point[] = [];
  for (const point of byCost) {
    const last = front.at(-1);
    const equal = last !== undefined && last.cost === point.cost && last.success === point.success;
    if (last === undefined || point.success > last.success || equal) front.push(point);
  }
  return front;
}
