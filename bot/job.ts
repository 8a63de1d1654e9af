/**
 * What passes between the phases: files that each phase checks anew, since another may have been taken over.
 * `collect` writes `job.json` and `repository.bundle`; `work` reads both and writes `result.json`, `result.bundle` and
 * `trajectory.json`; `publish` reads `job.json` as `collect` has written it, and what `work` has written.
 */
import { z } from 'zod';
import { botConfigSchema } from './config.ts';
import { PERMISSIONS } from './forge.ts';

const commit = z.string().regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'is not the full id of a commit');
const time = z.iso.datetime({ offset: true });
/** A name that git takes for a branch, and that no shell and no Markdown takes for anything else. */
export const branchSchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]*(\/[A-Za-z0-9][A-Za-z0-9_.-]*)*$/, 'is not a name of a branch')
  .refine((name) => !/\.\.|\.lock(\/|$)|\.(\/|$)/.test(name), 'is not a name of a branch');
const id = z.string().regex(/^[0-9a-f]{16}$/, 'is not the id of a job');

/** What a job was begun by. */
export const TRIGGERS = ['label', 'mention', 'review', 'checks', 'dispatch'] as const;
export type TriggerKind = (typeof TRIGGERS)[number];

const said = z.strictObject({ author: z.string(), permission: z.enum(PERMISSIONS), at: time, text: z.string() });

/** Where the bot's progress comment is, and what its job is about. Null: no thread, on a plain git remote. */
const home = z.strictObject({ number: z.int().positive(), isPull: z.boolean(), url: z.string() }).nullable();

const common = {
  version: z.literal(1),
  id,
  createdAt: time,
  /** `api`: the address of GitHub's REST API. `remote`: what git talks to; it holds no credentials. */
  forge: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('github'), api: z.url(), repository: z.string(), remote: z.url() }),
    z.strictObject({ kind: z.literal('git'), remote: z.string().min(1) }),
  ]),
  trigger: z.strictObject({
    kind: z.enum(TRIGGERS),
    actor: z.string(),
    at: time,
    /** The comment that called, so that it can be answered; null: none did. */
    comment: z
      .strictObject({ id: z.int(), kind: z.enum(['conversation', 'review']), pull: z.int().nullable() })
      .nullable(),
  }),
  home,
  config: botConfigSchema,
};

/** Something to work on. */
export const workJobSchema = z.strictObject({
  ...common,
  decision: z.literal('work'),
  /** The branch of the result: the bot's own, under its prefix. */
  branch: branchSchema,
  base: z.strictObject({ branch: z.string().min(1), commit }),
  /** The commit that is worked on, and whether the branch is there already and points at it. */
  head: z.strictObject({ commit, exists: z.boolean() }),
  /** The open pull request of the branch. */
  pull: z.int().positive().nullable(),
  title: z.string(),
  /** What is asked for, as it was when the job began: the issue, the comment, or the text of a dispatch. */
  request: said,
  /** What else was said, the oldest first. */
  thread: z.array(said.extend({ place: z.string() })),
  checks: z.array(z.strictObject({ name: z.string(), conclusion: z.string(), log: z.string() })),
  /** What was left out of all this and why, a line each. */
  remarks: z.array(z.string()),
});
export type WorkJob = z.output<typeof workJobSchema>;

/** Nothing to work on, and whoever called is told why. */
export const refusedJobSchema = z.strictObject({ ...common, decision: z.literal('refuse'), reason: z.string().min(1) });

/** Nothing to work on, and nobody is told: it was none of ours, or an answer would be noise. */
export const skippedJobSchema = z.strictObject({
  version: z.literal(1),
  decision: z.literal('skip'),
  reason: z.string().min(1),
});

export const jobSchema = z.discriminatedUnion('decision', [workJobSchema, refusedJobSchema, skippedJobSchema]);
export type Job = z.output<typeof jobSchema>;

/** Of a message, or of a model's last words: characters. What is published of them is far less. */
export const MAX_WORDS = 32 * 1024;

/** What `work` says. Texts are a model's. */
export const resultSchema = z.strictObject({
  version: z.literal(1),
  job: id,
  outcome: z.string().regex(/^[a-z_]{1,40}$/),
  exitCode: z.int().min(0).max(255),
  /** Why it did not end well; empty where it did. */
  message: z.string().max(MAX_WORDS),
  /** The model's last words. */
  summary: z.string().max(MAX_WORDS),
  /** The tree of the result, and the commit of the bundle that holds it; null: nothing was changed. */
  change: z.strictObject({ tree: commit, commit }).nullable(),
  usage: z.strictObject({
    turns: z.int().min(0),
    usd: z.number().min(0).nullable(),
    inputTokens: z.int(),
    outputTokens: z.int(),
  }),
  durationMs: z.int().min(0),
  session: z.string(),
});
export type Result = z.output<typeof resultSchema>;

/** What the bot remembers of a branch: hidden in its progress comment, believed only where the bot's own login wrote it. */
export const stateSchema = z.strictObject({
  version: z.literal(1),
  branch: branchSchema,
  pull: z.int().positive().nullable(),
  /** What it has last pushed, and what it was about to push when it last said anything. */
  head: commit.nullable(),
  pushing: commit.nullable(),
  /** How often in a row it has worked on failing checks since a person last asked. */
  ciRounds: z.int().min(0),
  /** The newest jobs, the oldest first. `usd` null: it is not known. */
  jobs: z.array(
    z.strictObject({ id, at: time, kind: z.enum(TRIGGERS), outcome: z.string(), usd: z.number().min(0).nullable() }),
  ),
});
export type State = z.output<typeof stateSchema>;

/** So many jobs are remembered: an event that is delivered again comes soon. */
export const REMEMBERED_JOBS = 20;
