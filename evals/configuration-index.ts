/**
 * Every configuration that ever ran, with its results: a file for each run in the state folder, so that writers never meet. It can be
 * made anew from the runs themselves.
 */
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { sessionsDir } from '../session/index.ts';
import { sha256 } from './digest.ts';
import { reportOf } from './report/data.ts';
import { type Run, runRecordSchema } from './run-record.ts';

const indexedRunSchema = z.object({
  version: z.literal(1),
  folder: z.string(),
  suite: z.string(),
  startedAt: z.string(),
  drydockVersion: z.string(),
  attempts: z.number(),
  tasks: z.number(),
  agents: z.array(
    z.object({
      ...runRecordSchema.shape.agents.element.shape,
      resolved: z.number(),
      counted: z.number(),
      trials: z.number(),
      costUsd: z.number().nullable(),
    }),
  ),
});
/** What the index has of a run. */
export type IndexedRun = z.output<typeof indexedRunSchema>;

function indexFolder(env: NodeJS.ProcessEnv): string {
  return join(dirname(sessionsDir(env)), 'evals');
}

/** Puts a run into the index, or brings what the index has of it up to date. */
export async function indexRun(run: Run, env: NodeJS.ProcessEnv): Promise<void> {
  const folder = resolve(run.folder);
  const { record } = run;
  const { agents } = reportOf(run);
  const entry: IndexedRun = {
    version: 1,
    folder,
    suite: record.suite,
    startedAt: record.startedAt,
    drydockVersion: record.drydockVersion,
    attempts: record.attempts,
    tasks: record.tasks.length,
    agents: record.agents.flatMap((agent) => {
      const found = agents.find(({ name }) => name === agent.name);
      if (found === undefined) return [];
      const { ofCounted, ofAll, costUsd } = found;
      return [{ ...agent, resolved: ofCounted.resolved, counted: ofCounted.of, trials: ofAll.of, costUsd }];
    }),
  };
  const index = indexFolder(env);
  await mkdir(index, { recursive: true });
  const file = join(index, `${sha256(`${folder}\0${record.id}`).slice(0, 32)}.json`);
  await writeFile(`${file}.${process.pid}.new`, `${JSON.stringify(entry, null, 2)}\n`);
  await rename(`${file}.${process.pid}.new`, file);
}

/** All runs of the index, the oldest first. What in it is no run is passed over: it can be made anew. */
export async function readIndex(env: NodeJS.ProcessEnv): Promise<IndexedRun[]> {
  const index = indexFolder(env);
  const names = await readdir(index).catch(() => []);
  const runs: IndexedRun[] = [];
  for (const name of names.filter((each) => each.endsWith('.json'))) {
    const text = await readFile(join(index, name), 'utf8').catch(() => '');
    try {
      const run = indexedRunSchema.safeParse(JSON.parse(text));
      if (run.success) runs.push(run.data);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return runs.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
}
