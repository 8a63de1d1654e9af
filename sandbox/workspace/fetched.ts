/** A bare repository of our own that holds chosen commits of a remote. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from './git.ts';
import { type Fetch, fetchCommits } from './remote.ts';
import type { RemoteAccess } from './remote-address.ts';
import { inspectRepository, type Repository } from './repository.ts';
import { createTrusted } from './trusted.ts';

/**
 * Makes the bare repository `folder` (absolute; it must not be there) of commits of a remote, by their full ids. HEAD is detached at
 * the first. `depth` 1 leaves the history out. Throws `RemoteError`.
 */
export async function fetchRepository(
  folder: string,
  access: RemoteAccess,
  [head, ...others]: readonly [string, ...string[]],
  env: Environment,
  options: { depth?: number } = {},
): Promise<Repository> {
  const trusted = await createTrusted(folder, head.length === 64 ? 'sha256' : 'sha1', env);
  const fetches = [head, ...others].map((commit): Fetch => ({ from: { commit }, to: `refs/drydock/${commit}` }));
  await fetchCommits(trusted, access, fetches, options);
  await writeFile(join(folder, 'HEAD'), `${head}\n`);
  return inspectRepository(folder, env);
}
