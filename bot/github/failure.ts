/** What GitHub says when it does not do as asked, as one clear line. */
import * as z from 'zod';
import { plainLine } from '../../sandbox/index.ts';
import { BotError } from '../errors.ts';

/** GitHub refused, or did not answer. `status` 0: it never came to an answer. Its name is its parent's, by which it is known. */
export class GitHubError extends BotError {
  readonly status: number;
  constructor(status: number, message: string, hint = '') {
    super('forge', message, hint);
    this.status = status;
  }
}

const headers = z.record(z.string(), z.unknown());
/** What Octokit throws, as far as it is used. A failure of the network has no `response`. */
const thrown = z.object({
  status: z.number().optional(),
  message: z.string(),
  response: z.object({ headers, data: z.unknown() }).optional(),
});
const detail = z.union([
  z.string(),
  z.object({ message: z.string() }).transform(({ message }) => message),
  z
    .object({ resource: z.string().optional(), field: z.string().optional(), code: z.string().optional() })
    .transform(({ resource, field, code }) => [resource, field, code].filter((part) => part !== undefined).join(' ')),
]);
const said = z.object({
  message: z.string(),
  errors: z.union([z.array(detail), detail.transform((one) => [one])]).catch([]),
});

/** `request`: what was asked, such as `GET /repos/o/n/issues/1`. `needs`: the permission that it takes. */
export type Asked = { request: string; needs: string; token: string | null };

/** Whether nothing was done because too much was asked for: then it may be asked again later. */
export function isRateLimit(status: number, message: string, found: Readonly<Record<string, unknown>>): boolean {
  if (status !== 403 && status !== 429) return false;
  return (
    found['retry-after'] !== undefined || found['x-ratelimit-remaining'] === '0' || /\brate limit\b/i.test(message)
  );
}

/** Says what has gone wrong, from whatever Octokit has thrown. */
export function explain(error: unknown, { request, needs, token }: Asked): GitHubError {
  const parsed = thrown.safeParse(error);
  if (!parsed.success)
    return new GitHubError(0, clean(`GitHub could not be asked for ${request}: ${String(error)}`, token));
  const { status = 0, message, response } = parsed.data;
  const line = (text: string) => clean(text, token);
  if (response === undefined) {
    const hint = 'see whether its address is right and this machine reaches it, then run the command again';
    return new GitHubError(0, line(`GitHub did not answer ${request}: ${message}`), hint);
  }
  const words = line(wordsOf(response.data) ?? message);
  if (isRateLimit(status, message, response.headers)) {
    const hint = `run the command again ${whenAgain(response.headers)}`;
    return new GitHubError(status, `GitHub's rate limit does not let ${request} through`, hint);
  }
  if (status >= 500) {
    return new GitHubError(status, `GitHub failed on ${request} (status ${status})`, 'run the command again later');
  }
  switch (status) {
    case 401:
      return new GitHubError(401, `the forge refused the token for ${request}`, 'give one that has not expired');
    case 403: {
      const [wanted] = z.string().safeParse(response.headers['x-accepted-github-permissions']).data?.split(';') ?? [];
      const permission = wanted === undefined || wanted === '' ? needs : line(wanted.replaceAll('=', ': '));
      return new GitHubError(403, `the token may not do ${request}: ${words}`, `it needs the permission ${permission}`);
    }
    case 404:
      return new GitHubError(
        404,
        `GitHub knows nothing of ${request}`,
        `or the token may not see it: it needs ${needs}`,
      );
    case 410:
      return new GitHubError(410, `what ${request} is about was deleted, or is turned off`);
    default:
      return new GitHubError(status, `GitHub refused ${request} (status ${status}): ${words}`);
  }
}

function wordsOf(data: unknown): string | null {
  const parsed = said.safeParse(data);
  if (!parsed.success) return null;
  const { message, errors } = parsed.data;
  return errors.length === 0 ? message : `${message}: ${errors.join('; ')}`;
}

function whenAgain(found: Readonly<Record<string, unknown>>): string {
  const seconds = Number(found['retry-after']);
  if (Number.isInteger(seconds) && seconds > 0) return `in ${seconds} seconds`;
  const reset = Number(found['x-ratelimit-reset']) * 1000;
  // A time that no calendar has would throw.
  return reset > 0 && reset < 8e15 ? `after ${new Date(reset).toISOString()}` : 'in some minutes';
}

/** One printable line, and never the token: a server may send back what it was sent. */
function clean(text: string, token: string | null): string {
  const hide = (said: string) => (token === null ? said : said.replaceAll(token, '[token]'));
  // Before, since a long line is cut, perhaps within the token; after, since characters between may have hidden it.
  return hide(plainLine(hide(text)));
}
