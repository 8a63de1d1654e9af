import { highest } from './pick';
import { ConflictProblem } from './problems';
import { parseRange } from './range';

/** By package name and version, the ranges of what it depends on. */
export type Registry = Record<string, Record<string, Record<string, string>>>;

interface Demand {
  readonly by: string;
  readonly range: string;
}

/**
 * The highest version of each package that suits all who want it. A version that was chosen early is chosen anew when
 * more is demanded; what only a given-up version demanded no longer counts.
 */
export function resolve(wanted: Record<string, string>, registry: Registry): Record<string, string> {
  let chosen: Record<string, string> = {};
  for (let round = 0; round < 100; round++) {
    const demands = new Map<string, Demand[]>();
    const demand = (by: string, ranges: Record<string, string>): void => {
      for (const [name, range] of Object.entries(ranges)) {
        demands.set(name, [...(demands.get(name) ?? []), { by, range }]);
      }
    };
    demand('you', wanted);
    for (const [name, version] of Object.entries(chosen)) demand(`${name}@${version}`, registry[name][version]);
    const next: Record<string, string> = {};
    for (const name of [...demands.keys()].sort()) {
      const all = demands.get(name) ?? [];
      const version = highest(Object.keys(registry[name] ?? {}), all.map(({ range }) => parseRange(range)));
      if (version === null) throw new ConflictProblem(name, all.map(({ by, range }) => `${by} wants ${range}`));
      next[name] = version;
    }
    if (JSON.stringify(next) === JSON.stringify(chosen)) return chosen;
    chosen = next;
  }
  throw new ConflictProblem('all packages', ['they do not settle']);
}
