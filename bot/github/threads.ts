/** Issues, comments and pull requests of one repository on GitHub. */
import * as z from 'zod';
import type { Environment } from '../../sandbox/index.ts';
import type { Pull, Threads } from '../forge.ts';
import { readChecks } from './checks.ts';
import type { Call, Client } from './client.ts';
import { GitHubError } from './failure.ts';
import { commentSchema, issueSchema, permissionSchema, pullSchema, reviewCommentSchema } from './map.ts';

/** GitHub takes at most 2,500 comments on an issue, so that this is all of them. */
const MAX_COMMENT_PAGES = 30;
/** Of a whole repository, since a time of the caller's. */
const MAX_REPOSITORY_PAGES = 100;

/** Opens the threads of `OWNER/NAME`. */
export function openThreads(client: Client, repository: string, env: Environment): Threads {
  const [owner = '', repo = ''] = repository.split('/');
  const call = (route: string, needs: string, more: Record<string, unknown> = {}): Call => ({
    route: route.replace(' /', ' /repos/{owner}/{repo}/'),
    parameters: { owner, repo, ...more },
    needs,
  });
  const isOurs = ({ head }: Pull) => head.repository?.toLowerCase() === repository.toLowerCase();

  return {
    repository,
    async permission(username) {
      const asked = call('GET /collaborators/{username}/permission', 'metadata: read', { username });
      return (await unlessGone(client.ask(permissionSchema, asked))) ?? 'none';
    },
    issue: (number) =>
      unlessGone(client.ask(issueSchema, call('GET /issues/{issue_number}', 'issues: read', { issue_number: number }))),
    pull: (number) =>
      unlessGone(
        client.ask(pullSchema, call('GET /pulls/{pull_number}', 'pull-requests: read', { pull_number: number })),
      ),
    async pullOf(branch) {
      // GitHub's filter goes by the owner alone, who may have a fork with a branch of that name too.
      const filter = { state: 'all', head: `${owner}:${branch}`, sort: 'created', direction: 'desc' };
      const asked = call('GET /pulls', 'pull-requests: read', filter);
      const pulls = await client.list(z.array(pullSchema), asked, MAX_COMMENT_PAGES);
      const own = pulls.filter((pull) => isOurs(pull) && pull.head.branch === branch);
      return own.sort((a, b) => b.number - a.number)[0] ?? null;
    },
    async comments(number) {
      const asked = call('GET /issues/{issue_number}/comments', 'issues: read', { issue_number: number });
      return oldestFirst(await client.list(z.array(commentSchema), asked, MAX_COMMENT_PAGES));
    },
    async reviewComments(pull) {
      const asked = call('GET /pulls/{pull_number}/comments', 'pull-requests: read', { pull_number: pull });
      return oldestFirst(await client.list(z.array(reviewCommentSchema), asked, MAX_COMMENT_PAGES));
    },
    async commentsSince(time) {
      const filter = { since: time, sort: 'updated', direction: 'asc' };
      const asked = call('GET /issues/comments', 'issues: read', filter);
      return oldestFirst(await client.list(z.array(commentSchema), asked, MAX_REPOSITORY_PAGES));
    },
    checks: (commit) => readChecks(client, { owner, repo }, commit, env),
    openPull: ({ branch, ...pull }) =>
      client.ask(pullSchema, call('POST /pulls', 'pull-requests: write', { ...pull, head: branch, draft: true })),
    async editPull(number, { body }) {
      await client.ask(
        pullSchema,
        call('PATCH /pulls/{pull_number}', 'pull-requests: write', { pull_number: number, body }),
      );
    },
    addComment: (number, body) =>
      client.ask(
        commentSchema,
        call('POST /issues/{issue_number}/comments', 'issues: write', { issue_number: number, body }),
      ),
    async editComment(id, body) {
      await client.ask(
        commentSchema,
        call('PATCH /issues/comments/{comment_id}', 'issues: write', { comment_id: id, body }),
      );
    },
    async removeComment(id) {
      // One that is gone is as it should be: an answer to an earlier try may have been lost.
      const asked = call('DELETE /issues/comments/{comment_id}', 'issues: write', { comment_id: id });
      await unlessGone(client.ask(z.unknown(), asked));
    },
    replyToReview: (pull, comment, body) =>
      client.ask(
        commentSchema,
        call('POST /pulls/{pull_number}/comments/{comment_id}/replies', 'pull-requests: write', {
          pull_number: pull,
          comment_id: comment,
          body,
        }),
      ),
  };
}

/** Null for what is not there, was deleted, or has moved to another repository. */
async function unlessGone<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GitHubError && [301, 302, 307, 308, 404, 410].includes(error.status)) return null;
    throw error;
  }
}

/** A list that grew while it was read has entries twice. */
function oldestFirst<T extends { id: number; createdAt: string }>(found: readonly T[]): T[] {
  const once = [...new Map(found.map((one) => [one.id, one])).values()];
  return once.sort((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id - b.id);
}
