/** How the checks of a commit stand, and what the failed ones have said. */
import type { Environment } from '../../sandbox/index.ts';
import type { Checks, FailedCheck } from '../forge.ts';
import type { Client } from './client.ts';
import { GitHubError } from './failure.ts';
import { type CheckRun, checkRunsSchema, endOfLog, GREEN, MAX_LOG_BYTES, statusesSchema } from './map.ts';
import { readElsewhere } from './transport.ts';

const MAX_PAGES = 20;
/** Each is a download; what broke first breaks the others. */
const MAX_LOGS = 10;
/** Timestamps and colours go afterwards: they may be most of a log. */
const RAW_LOG_BYTES = 10 * MAX_LOG_BYTES;

/** Reads check runs and commit statuses. A log that cannot be read is empty. */
export async function readChecks(
  client: Client,
  repository: { owner: string; repo: string },
  commit: string,
  env: Environment,
): Promise<Checks> {
  const parameters = { ...repository, ref: commit };
  const runs = await client.list(
    checkRunsSchema,
    { route: 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs', parameters, needs: 'checks: read' },
    MAX_PAGES,
  );
  const statuses = await client
    .list(
      statusesSchema,
      { route: 'GET /repos/{owner}/{repo}/commits/{ref}/status', parameters, needs: 'statuses: read' },
      MAX_PAGES,
    )
    .catch((error: unknown) => {
      // Few repositories have them, and a token that may not read them is no reason to fail on the others.
      if (error instanceof GitHubError && error.status === 403) return [];
      throw error;
    });
  const pending = runs.filter((run) => run.conclusion === null).length;
  const failed: FailedCheck[] = [];
  for (const run of runs) {
    if (run.conclusion === null || GREEN.has(run.conclusion)) continue;
    const log = run.isJob && failed.length < MAX_LOGS ? await readLog(client, repository, run, env) : '';
    failed.push({
      name: run.name,
      conclusion: run.conclusion,
      url: run.url,
      log: endOfLog(log === '' ? run.said : log),
    });
  }
  for (const { name, state, said, url } of statuses) {
    if (state === 'failure' || state === 'error') failed.push({ name, conclusion: state, url, log: endOfLog(said) });
  }
  return { pending: pending + statuses.filter(({ state }) => state === 'pending').length, failed };
}

async function readLog(
  client: Client,
  repository: { owner: string; repo: string },
  run: CheckRun,
  env: Environment,
): Promise<string> {
  try {
    const place = await client.whereTo({
      route: 'GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs',
      parameters: { ...repository, job_id: run.id },
      needs: 'actions: read',
    });
    if (place === null) return '';
    const log = (await readElsewhere(place, RAW_LOG_BYTES, env)).toString();
    // The first line is cut, and its timestamp would stay.
    return Buffer.byteLength(log) < RAW_LOG_BYTES ? log : log.slice(log.indexOf('\n') + 1);
  } catch (error) {
    // Logs expire, and a check is worth working on without. What is wrong with the token shows elsewhere.
    if (error instanceof GitHubError || error instanceof TypeError || error instanceof DOMException) return '';
    throw error;
  }
}
