/** Which forge the bot talks to: said by flags, or by the environment of a job of GitHub Actions; never by a file of another phase. */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { forgeToken, type Job, openGitHub, openPlainGit, phaseEnvironment } from '../bot/index.ts';
import { UsageError } from './errors.ts';

export const forgeOptions = z.object({
  repository: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9_.-]+$/, 'is not OWNER/NAME')
    .optional(),
  api: z.url('is not an address').optional(),
  remote: z.string().min(1, 'is empty').optional(),
});
export type ForgeOptions = z.output<typeof forgeOptions>;

type Address = Exclude<Job, { decision: 'skip' }>['forge'];
type Env = NodeJS.ProcessEnv;

/** Opens it; `address` is what a job says of it. Throws `UsageError`. */
export function openForge(options: ForgeOptions, env: Env): { forge: ReturnType<typeof openGitHub>; address: Address } {
  const address = addressOf(options, env);
  const token = forgeToken(env);
  if (address.kind === 'git') return { forge: openPlainGit({ remote: address.remote, token }), address };
  if (token === null) throw new UsageError('there is no token of the forge', 'set FORGE_TOKEN or GITHUB_TOKEN');
  return { forge: openGitHub({ ...address, token, env }), address };
}

/** Throws `UsageError` where a phase that `bot run` starts with this environment would not get a token that it needs. */
export function checkTokens(options: ForgeOptions, env: Env): void {
  if (addressOf(options, env).kind === 'git') return;
  for (const [phase, variable] of [
    ['collect', 'FORGE_READ_TOKEN'],
    ['publish', 'FORGE_WRITE_TOKEN'],
  ] as const) {
    if (forgeToken(phaseEnvironment(phase, env)) !== null) continue;
    throw new UsageError(
      `there is no token of the forge for \`bot ${phase}\``,
      `set ${variable}, or GITHUB_TOKEN for both`,
    );
  }
}

function addressOf({ repository: named, api, remote }: ForgeOptions, env: Env): Address {
  const repository = named ?? (remote === undefined ? env.GITHUB_REPOSITORY : undefined);
  if (repository === undefined) {
    if (remote !== undefined) return { kind: 'git', remote };
    throw new UsageError('it is not said which repository', 'give --repository OWNER/NAME, or --remote URL');
  }
  const at = api ?? (env.GITHUB_API_URL || 'https://api.github.com');
  return {
    kind: 'github',
    api: at,
    repository,
    remote: remote ?? `${serverOf(at, api !== undefined, env)}/${repository}.git`,
  };
}

/**
 * The server that an API belongs to. The token that opens the API goes there as well, so that no other host is taken for it: what the
 * environment says counts where it is of the same host, or says the API too. Throws `UsageError`.
 */
function serverOf(api: string, isFlag: boolean, { GITHUB_SERVER_URL: said }: Env): string {
  if (!URL.canParse(api)) throw new UsageError('GITHUB_API_URL is not an address', 'correct it, or give --api URL');
  const { origin, protocol, host, hostname, pathname } = new URL(api);
  // https://api.github.com; with data residency https://api.NAME.ghe.com; of GitHub Enterprise Server https://HOST/api/v3.
  const [, cloud] = /^api\.(github\.com|[a-z0-9-]+\.ghe\.com)$/.exec(host) ?? [];
  if (cloud !== undefined) return `${protocol}//${cloud}`;
  if (/^\/api\/v3\/?$/.test(pathname)) return `${protocol}//${host}`;
  if (said && (!isFlag || (URL.canParse(said) && new URL(said).hostname === hostname))) return said.replace(/\/$/, '');
  throw new UsageError(`what git talks to does not follow from the API ${origin}${pathname}`, 'give --remote URL');
}

/** Throws `UsageError` where a job is of another forge than the one that the token is for. */
export function checkForge(job: Job, address: Address): void {
  if (job.decision === 'skip' || isDeepStrictEqual(job.forge, address)) return;
  const nameOf = (of: Address) => (of.kind === 'git' ? of.remote : `${of.repository} at ${of.api}`);
  throw new UsageError(
    `the job is of ${nameOf(job.forge)}, and this is ${nameOf(address)}`,
    'give --repository, --api and --remote as to `bot collect`',
  );
}
