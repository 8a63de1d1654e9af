import { contains, Range } from './range';
import { compareVersions, parseVersion } from './version';

/** The highest of the versions that is in all ranges, or null. */
export function highest(versions: readonly string[], ranges: readonly Range[]): string | null {
  let best: string | null = null;
  for (const text of versions) {
    const version = parseVersion(text);
    if (!ranges.every((range) => contains(range, version))) continue;
    if (best === null || compareVersions(version, parseVersion(best)) > 0) best = text;
  }
  return best;
}
