import { RangeProblem } from './problems';
import { compareVersions, parseVersion, Version } from './version';

type Operator = '=' | '<' | '<=' | '>' | '>=';

export interface Comparator {
  readonly operator: Operator;
  readonly version: Version;
}

/** All comparators must hold. */
export interface Range {
  readonly comparators: readonly Comparator[];
}

const COMPARATOR = /^(\^|~|>=|<=|>|<|=)?(.+)$/;

const release = (major: number, minor: number, patch: number): Version => ({ numbers: [major, minor, patch], prerelease: [] });

function caretLimit({ numbers: [major, minor, patch] }: Version): Version {
  if (major > 0) return release(major + 1, 0, 0);
  if (minor > 0) return release(0, minor + 1, 0);
  return release(0, 0, patch + 1);
}

function readComparator(range: string, text: string): Comparator[] {
  if (text === '*') return [];
  const match = COMPARATOR.exec(text);
  if (match === null) throw new RangeProblem(range, text);
  const operator = match[1] ?? '=';
  let version: Version;
  try {
    version = parseVersion(match[2]);
  } catch {
    throw new RangeProblem(range, `${match[2]} is not a version`);
  }
  switch (operator) {
    case '^':
      return [{ operator: '>=', version }, { operator: '<', version: caretLimit(version) }];
    case '~':
      return [{ operator: '>=', version }, { operator: '<', version: release(version.numbers[0], version.numbers[1] + 1, 0) }];
    default:
      return [{ operator: operator as Operator, version }];
  }
}

/** Reads a range. Throws a RangeProblem. */
export function parseRange(text: string): Range {
  const parts = text.trim().split(/\s+/);
  if (parts[0] === '') throw new RangeProblem(text, 'it is empty');
  return { comparators: parts.flatMap((part) => readComparator(text, part)) };
}

function holds({ operator, version }: Comparator, candidate: Version): boolean {
  const difference = compareVersions(candidate, version);
  switch (operator) {
    case '=':
      return difference === 0;
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

export function contains(range: Range, candidate: Version): boolean {
  return range.comparators.every((comparator) => holds(comparator, candidate));
}
