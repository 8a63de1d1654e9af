/**
 * Webhook payloads, as a workflow finds them in `GITHUB_EVENT_PATH`: GitHub's own examples, filled in from the state of the
 * double, so that their shape is real to the last field.
 */
import { createRequire } from 'node:module';
import { z } from 'zod';
import { followRefs } from './api.ts';
import type { Refs } from './refs.ts';
import { type ForgeState, issueOf } from './state.ts';
import {
  checkView,
  commentView,
  headOf,
  issueView,
  labelView,
  pullView,
  repositoryView,
  reviewCommentView,
  reviewView,
  userView,
  type View,
} from './views.ts';

/** What GitHub calls the event, and what it says. */
export type WebhookEvent = { name: string; payload: Record<string, unknown> };

export type Events = ReturnType<typeof makeEvents>;

const payloadSchema = z.record(z.string(), z.unknown());
const examplesSchema = z.array(z.object({ name: z.string(), examples: z.array(payloadSchema) }));

/** GitHub's example payloads of an event, as they are. */
export function rawPayloads(name: string): Record<string, unknown>[] {
  // The package is one JSON file: `require` reads it once, whatever runs this.
  const examples: unknown = createRequire(import.meta.url)('@octokit/webhooks-examples');
  return structuredClone(examplesSchema.parse(examples).find((event) => event.name === name)?.examples ?? []);
}

/** Makes payloads of what is in the state when they are asked for. `sender`: who has done it. */
export function makeEvents(state: ForgeState, refs: Refs, url: string) {
  const viewNow = async (): Promise<View> => ({ state, url, refs: await followRefs(state, refs) });

  function event(view: View, name: string, action: string | null, sender: string, values: Record<string, unknown>) {
    const example = rawPayloads(name).find((one) => action === null || one.action === action);
    const common = { repository: repositoryView(view), sender: userView(view, sender) };
    const payload = payloadSchema.parse(fill(renamed(example, view), { ...common, ...values }));
    // Whether the owner is an organisation, and whether an app is installed, is not in the state.
    for (const key of ['organization', 'installation']) delete payload[key];
    return { name, payload };
  }

  return {
    /** `issues`, `labeled`. The label need not be on the issue any more. */
    async labeled(number: number, label: string, sender: string): Promise<WebhookEvent> {
      const view = await viewNow();
      const values = { issue: issueView(view, issueOf(state, number)), label: labelView(view, label) };
      return event(view, 'issues', 'labeled', sender, values);
    },
    /** `issue_comment`, `created`: on an issue, or in a pull request's conversation. */
    async commented(id: number): Promise<WebhookEvent> {
      const view = await viewNow();
      const comment = found(state.comments, id);
      const values = { issue: issueView(view, issueOf(state, comment.number)), comment: commentView(view, comment) };
      return event(view, 'issue_comment', 'created', comment.author, values);
    },
    /** `pull_request_review_comment`, `created`. */
    async reviewCommented(id: number): Promise<WebhookEvent> {
      const view = await viewNow();
      const comment = found(state.reviewComments, id);
      const values = {
        pull_request: pullView(view, issueOf(state, comment.number)),
        comment: reviewCommentView(view, comment),
      };
      return event(view, 'pull_request_review_comment', 'created', comment.author, values);
    },
    /** `pull_request_review`, `submitted`. */
    async reviewed(id: number): Promise<WebhookEvent> {
      const view = await viewNow();
      const review = found(state.reviews, id);
      const values = { pull_request: pullView(view, issueOf(state, review.pull)), review: reviewView(view, review) };
      return event(view, 'pull_request_review', 'submitted', review.author, values);
    },
    /** `check_suite`, `completed`: the checks of a commit, of which the worst counts. */
    async checkSuite(sha: string): Promise<WebhookEvent> {
      const view = await viewNow();
      const values = { check_suite: { ...suite(view, sha), before: null, after: sha } };
      return event(view, 'check_suite', 'completed', state.owner, values);
    },
    /** `workflow_run`, `completed`: what calls a workflow of the default branch when another one has ended. */
    async workflowRun(sha: string): Promise<WebhookEvent> {
      const view = await viewNow();
      const repository = repositoryView(view);
      const run = { ...suite(view, sha), event: 'pull_request', repository, head_repository: repository };
      const actor = userView(view, state.owner);
      const values = { workflow_run: { ...run, name: 'CI', actor, triggering_actor: actor } };
      return event(view, 'workflow_run', 'completed', state.owner, values);
    },
    /** `workflow_dispatch`: somebody has begun a workflow by hand. */
    async dispatched(sender: string, inputs: Record<string, string>): Promise<WebhookEvent> {
      const view = await viewNow();
      const made = event(view, 'workflow_dispatch', null, sender, { ref: `refs/heads/${state.defaultBranch}` });
      return { ...made, payload: { ...made.payload, inputs } };
    },
  };

  function suite(view: View, sha: string) {
    const checks = state.checks.filter((check) => check.sha === sha).map((check) => checkView(view, check));
    const last = checks.at(-1);
    if (last === undefined) throw new Error(`the double has no check of ${sha}`);
    // GitHub names open pull requests only, and none from forks.
    const pulls = state.issues.filter(
      (issue) =>
        issue.open && issue.pull?.headRepository === repositoryView(view).full_name && headOf(view, issue) === sha,
    );
    const worst = checks.find(({ conclusion }) => !['success', 'neutral', 'skipped', null].includes(conclusion));
    const { id: repositoryId, url: at, name } = repositoryView(view);
    const repo = { id: repositoryId, url: at, name };
    const [branch] = [...view.refs].find(([ref, at]) => at === sha && ref.startsWith('refs/heads/')) ?? [];
    return {
      ...{ id: last.check_suite.id, check_suite_id: last.check_suite.id, status: 'completed' },
      ...{ conclusion: worst?.conclusion ?? 'success', app: last.app },
      ...{ head_sha: sha, head_branch: branch?.slice('refs/heads/'.length) ?? null },
      ...{ head_commit: { id: sha }, created_at: last.started_at, updated_at: last.completed_at },
      latest_check_runs_count: checks.length,
      pull_requests: pulls.map((issue) => {
        const { id, number, url: pullUrl, head, base } = pullView(view, issue);
        const side = ({ ref, sha: commit }: typeof head) => ({ ref, sha: commit, repo });
        return { id, number, url: pullUrl, head: side(head), base: side(base) };
      }),
    };
  }
}

function found<T extends { id: number }>(all: readonly T[], id: number): T {
  const one = all.find((candidate) => candidate.id === id);
  if (one === undefined) throw new Error(`the double has nothing with the id ${id}`);
  return one;
}

/** An example of another repository as one of this. */
function renamed(example: unknown, view: View): unknown {
  const { repository } = z.object({ repository: z.object({ full_name: z.string() }) }).parse(example);
  const text = JSON.stringify(example)
    .replaceAll('https://api.github.com', view.url)
    .replaceAll('https://github.com', view.url)
    .replaceAll(repository.full_name, `${view.state.owner}/${view.state.name}`);
  return JSON.parse(text);
}

/** These come and go with what they tell of: they are added, where an example has none. */
const COME_AND_GO = new Set(['pull_request', 'in_reply_to_id', 'draft', 'line']);

/** The example's shape with our values: what we do not have stays as it is, and what it does not have is left out. */
function fill(example: unknown, value: unknown): unknown {
  if (!isObject(example) || !isObject(value)) return value;
  const filled = Object.entries(example).map(([key, old]) => [key, key in value ? fill(old, value[key]) : old]);
  const added = Object.entries(value).filter(([key]) => COME_AND_GO.has(key) && !(key in example));
  return Object.fromEntries([...filled, ...added]);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
