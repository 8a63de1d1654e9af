/** `drydock eval configs` and `drydock eval index`. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { kebab } from '../../../agent/index.ts';
import { findRuns, type IndexedRun, indexRun, readIndex, readRun, TaskError } from '../../../evals/index.ts';
import { UsageError } from '../../errors.ts';
import { parseOptions } from '../../options.ts';
import { writeOut } from '../../output.ts';
import { cost, printable } from '../../render/text.ts';

/** A configuration, and what came of it in each run. */
type Known = {
  digest: string;
  names: string[];
  values: Record<string, unknown>;
  runs: {
    folder: string;
    suite: string;
    startedAt: string;
    drydockVersion: string;
    resolved: number;
    counted: number;
    trials: number;
    costUsd: number | null;
  }[];
};

/** Lists all configurations, or shows those that are named, and how they differ. */
export async function evalConfigsCommand(wanted: readonly string[], raw: Record<string, unknown>): Promise<number> {
  const { json } = parseOptions(z.object({ json: z.boolean().default(false) }), raw);
  const all = configurationsOf(await readIndex(process.env));
  const chosen = wanted.length === 0 ? all : wanted.map((name) => choose(all, name));
  if (json) {
    await writeOut(`${JSON.stringify(chosen, null, 2)}\n`);
    return 0;
  }
  if (all.length === 0) {
    process.stderr.write(
      'no configuration has run yet; runs of elsewhere are taken in with: drydock eval index FOLDER\n',
    );
    return 0;
  }
  await writeOut(chosen.flatMap((known) => (wanted.length === 0 ? [line(known)] : shown(known))).join(''));
  if (chosen.length > 1 && wanted.length > 0) await writeOut(differences(chosen));
  return 0;
}

/** Puts the runs below a folder into the index. */
export async function evalIndexCommand(folder: string): Promise<number> {
  const found = await findRuns(folder);
  if (found.length === 0) throw new UsageError(`there is no run of an eval below ${folder}`);
  let taken = 0;
  for (const each of found) {
    try {
      await indexRun(await readRun(each), process.env);
      taken += 1;
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      process.stderr.write(`${printable(each)} is passed over: ${printable(error.message)}\n`);
    }
  }
  process.stderr.write(`${taken} ${taken === 1 ? 'run is' : 'runs are'} in the index\n`);
  return 0;
}

function configurationsOf(runs: readonly IndexedRun[]): Known[] {
  const known = new Map<string, Known>();
  for (const { folder, suite, startedAt, drydockVersion, agents } of runs) {
    for (const { kind, digest, name, values, resolved, counted, trials, costUsd } of agents) {
      if (kind !== 'configuration' && kind !== 'command') continue;
      const entry = known.get(digest) ?? { digest, names: [], values: values ?? {}, runs: [] };
      if (!entry.names.includes(name)) entry.names.push(name);
      entry.runs.push({ folder, suite, startedAt, drydockVersion, resolved, counted, trials, costUsd });
      known.set(digest, entry);
    }
  }
  return [...known.values()];
}

function choose(all: readonly Known[], name: string): Known {
  const found = all.filter(
    ({ digest, names }) => names.includes(name) || (name.length >= 4 && digest.startsWith(name)),
  );
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  if (only === undefined) throw new UsageError(`no configuration ${name} has run`, 'drydock eval configs lists all');
  throw new UsageError(
    `${found.length} configurations are called ${name}`,
    `name one by its digest: ${found.map(({ digest }) => digest.slice(0, 12)).join(', ')}`,
  );
}

function line({ digest, names, runs }: Known): string {
  const resolved = runs.reduce((sum, run) => sum + run.resolved, 0);
  const counted = runs.reduce((sum, run) => sum + run.counted, 0);
  const costs = runs.map(({ costUsd }) => costUsd);
  const spent = costs.some((each) => each === null) ? null : costs.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  const suites = [...new Set(runs.map(({ suite }) => suite))].join(', ');
  return `${digest.slice(0, 12)}  ${printable(names.join(', '))}  ${resolved}/${counted} resolved in ${runs.length} runs of ${printable(suites)}, ${cost(spent)}\n`;
}

function shown(known: Known): string[] {
  const values = Object.entries(known.values).map(
    ([name, value]) => `    ${printable(`${kebab(name)}: ${JSON.stringify(value)}`)}\n`,
  );
  const runs = known.runs.map(
    ({ startedAt, suite, resolved, counted, trials, costUsd, folder }) =>
      `    ${startedAt.slice(0, 16)}  ${printable(suite)}  ${resolved}/${counted} of ${trials} trials  ${cost(costUsd)}  ${printable(folder)}\n`,
  );
  return [line(known), ...values, ...runs];
}

function differences(chosen: readonly Known[]): string {
  const names = [...new Set(chosen.flatMap(({ values }) => Object.keys(values)))].sort();
  const differing = names.filter((name) =>
    chosen.some(({ values }) => !isDeepStrictEqual(values[name], chosen[0]?.values[name])),
  );
  const rows = differing.map((name) => {
    const said = chosen.map(
      ({ names: called, values }) =>
        `${called[0]} ${values[name] === undefined ? 'says nothing' : JSON.stringify(values[name])}`,
    );
    return `    ${printable(`${kebab(name)}: ${said.join('; ')}`)}\n`;
  });
  return rows.length === 0 ? '' : `they differ in\n${rows.join('')}`;
}
