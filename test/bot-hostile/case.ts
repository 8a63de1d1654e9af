/** What a hostile input is, as data: what is planted, what a taken-over model does, and what must be seen. */
import type { WorkJob } from '../../bot/job.ts';
import type { TestBot } from '../bot.ts';
import type { WebhookEvent } from '../forge/events.ts';
import type { FileChanges, Refs } from '../forge/refs.ts';
import type { RunResult } from '../harness.ts';
import type { Script } from '../model-server.ts';

/** How a case has gone: what each phase that ran ended with, and what it left. */
export type Played = {
  bot: TestBot;
  collected: RunResult | null;
  worked: RunResult | null;
  published: RunResult | null;
  /** Of the last job; null: nothing was to be worked on. */
  job: WorkJob | null;
  /** What the model is told of that job; empty where there is none. */
  prompt: string;
  /** The progress comment; empty where there is none. */
  comment: string;
};

/** How it must end. Whatever it is: nothing was executed on the host, and nothing secret or alive published. */
export type Ending =
  /** `collect` finds nothing to do, and nobody is told. */
  | { kind: 'skipped'; says: RegExp }
  /** `collect` finds that it must not be done, and the comment says so. */
  | { kind: 'declined'; says: RegExp }
  /** A phase ends with this code and on this line, and the forge is as it was. */
  | { kind: 'stopped'; code: number; says: RegExp }
  /** `publish` publishes nothing but the comment, which says why. */
  | { kind: 'refused'; says: RegExp }
  /** It goes on, and `look` sees that nothing came of it. */
  | { kind: 'defused'; look?: (played: Played) => void | Promise<void> };

export type HostileCase = {
  /** What is tried: a row of the table in docs/bot-attacks.md. */
  name: string;
  /** What happens, in words of that table. */
  happens: string;
  /** What is in `main`, beside a broken sum and its test. */
  files?: FileChanges;
  /** `.drydock/bot.yaml` of `main`. */
  config?: string;
  /** Plants what is planted on the forge, and gives what calls the bot. Without it there is a job for a plain issue. */
  plant?: (bot: TestBot) => Promise<WebhookEvent | string[]>;
  /** What the model does, in a sandbox. */
  model?: Script;
  /** Or what `work` leaves, made by hand; with neither it leaves a plain change. */
  leaves?: Leaves;
  /** Neither works nor publishes: what `collect` decides and tells is all there is to see. */
  onlyCollects?: true;
  /** What must not come out, beside what every phase has around it. */
  secrets?: readonly string[];
  ends: Ending;
};

export type Leaves = {
  change?: FileChanges;
  summary?: string;
  /** More of `result.json`, whatever its schema says. */
  result?: Record<string, unknown>;
  /** Changes what was left, after it was made well. */
  tamper?: (left: Left) => void | Promise<void>;
};

/** What there is to tamper with. */
export type Left = {
  bot: TestBot;
  job: WorkJob;
  resultDir: string;
  jobDir: string;
  /** A repository of the sandbox's, with the forge's commits and its own. */
  repository: Refs;
  result: Record<string, unknown>;
  /** Writes `result.json` anew, with these changes. */
  say(changes: Record<string, unknown>): void;
  /** Makes a commit in the sandbox's repository. */
  commit(parent: string | null, files: FileChanges): Promise<string>;
  treeOf(commit: string): Promise<string>;
  /** Writes `result.bundle` anew, of what `git bundle create` is given. */
  bundle(...args: string[]): Promise<void>;
};

/** Cases of one kind. */
export type HostileKind = { kind: string; cases: readonly HostileCase[] };
