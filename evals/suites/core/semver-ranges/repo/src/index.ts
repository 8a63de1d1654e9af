import { highest } from './pick';
import { contains, parseRange } from './range';
import { compareVersions, parseVersion } from './version';

export { ConflictProblem, RangeProblem, VersionProblem } from './problems';
export { resolve } from './resolve';
export type { Registry } from './resolve';

export function satisfies(version: string, range: string): boolean {
  return contains(parseRange(range), parseVersion(version));
}

/** The highest version in the range, or null. */
export function pick(versions: readonly string[], range: string): string | null {
  return highest(versions, [parseRange(range)]);
}

/** Sorts versions, lowest first, into a new array. */
export function sortVersions(versions: readonly string[]): string[] {
  return [...versions].sort((a, b) => compareVersions(parseVersion(a), parseVersion(b)));
}
