/** What the bot is called by, in its own words and whatever the forge: plain data. */
import type { Actor } from './forge.ts';
import type { TriggerKind } from './job.ts';

/** An issue or a pull request as the event has frozen it: it may have been edited since. */
export type FrozenThread = { number: number; isPull: boolean; title: string; body: string; author: Actor };

type Common = {
  kind: TriggerKind;
  /** `OWNER/NAME`; null: a dispatch that was typed, for whatever repository the forge is of. */
  repository: string | null;
  /** Who did it; null: whoever started Drydock and so holds its credentials. */
  actor: Actor | null;
  /** When: what was said or edited later was not seen by whoever called. */
  at: string;
};

/** An issue got a label. */
export type LabelTrigger = Common & { kind: 'label'; actor: Actor; label: string; thread: FrozenThread };

/** Somebody wrote a comment in the conversation of an issue or pull request. */
export type MentionTrigger = Common & {
  kind: 'mention';
  actor: Actor;
  comment: number;
  text: string;
  thread: FrozenThread;
};

/** Somebody reviewed a pull request: a comment on lines, or the text of a whole review. */
export type ReviewTrigger = Common & {
  kind: 'review';
  actor: Actor;
  /** The id of the comment; null: it is the text of a review, which cannot be answered as a comment. */
  comment: number | null;
  /** The id of the review; null: it is a comment. */
  review: number | null;
  text: string;
  /** Where the comment is, and the lines above it. */
  place: { path: string; line: number | null; diffHunk: string } | null;
  thread: FrozenThread;
};

/** Checks of a commit have ended, and not well. */
export type ChecksTrigger = Common & { kind: 'checks'; actor: Actor; branch: string; commit: string };

/** A person asks for it outright: for an issue, for a pull request, or with the task's text. At least one is given. */
export type DispatchTrigger = Common & {
  kind: 'dispatch';
  issue: number | null;
  pull: number | null;
  task: string | null;
};

export type Trigger = LabelTrigger | MentionTrigger | ReviewTrigger | ChecksTrigger | DispatchTrigger;

/** What a person types to call the bot. */
export type Dispatch = Pick<DispatchTrigger, 'issue' | 'pull' | 'task'>;
