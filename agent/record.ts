/** Which container a run works in: noted in the session's folder, so that a later run can take it over after a crash. */
import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const recordSchema = z.object({
  /** Drydock's version: another one may run a container differently. */
  version: z.string(),
  container: z.string(),
  /** The commit that the work began with. */
  commit: z.string(),
  /** What stands for it in the container: itself, or its parentless twin. */
  base: z.string(),
});
/** A container into which the repository was brought whole. */
export type SandboxRecord = z.infer<typeof recordSchema>;

const FILE = 'sandbox.json';

/** Null where there is none: no run got so far, or the last one ended in order. */
export function readRecord(dir: string): SandboxRecord | null {
  try {
    return recordSchema.safeParse(JSON.parse(readFileSync(join(dir, FILE), 'utf8'))).data ?? null;
  } catch {
    // Missing, or cut off by a loss of power: the container is then not taken over, and nothing else depends on it.
    return null;
  }
}

/** The container that a resume of the session in `dir` can go on in, as far as its record says; null: none. */
export function adoptableContainer(dir: string, version: string): string | null {
  const record = readRecord(dir);
  return record?.version === version ? record.container : null;
}

/** Notes that the container is filled. */
export async function writeRecord(dir: string, record: SandboxRecord): Promise<void> {
  const temporary = join(dir, `${FILE}.tmp`);
  await writeFile(temporary, JSON.stringify(record), { mode: 0o600 });
  await rename(temporary, join(dir, FILE));
}

/** From here on no run takes the container over. */
export async function forgetSandbox(dir: string): Promise<void> {
  await rm(join(dir, FILE), { force: true });
}
