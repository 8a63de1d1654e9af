/** The bot's one progress comment: what was asked, what became of it, and how to go on. Pure. */
import type { ChangeEntry, Refusal } from './change.ts';
import { noteChange } from './change.ts';
import type { Job, Result, State, TriggerKind } from './job.ts';
import { encodeState } from './state.ts';
import { cleanLine, cleanText, inCode } from './text.ts';

/** A secret that would have been published: where, and of what kind; never which. */
export type SecretFinding = { where: string; line: number; kind: string };

/** How far a job has come. */
export type Stage =
  /** `problem`: what has kept it from being finished. */
  | { kind: 'publishing'; problem: string | null }
  /** `opens`: in a dry run, a draft would be opened, whose number nobody knows yet. */
  | { kind: 'done'; commit: string; entries: readonly ChangeEntry[]; opens?: boolean }
  /** There is no change. */
  | { kind: 'unchanged' }
  /** The change must not be published. */
  | { kind: 'refused'; refusals: readonly Refusal[]; secrets: readonly SecretFinding[] }
  /** There was nothing to work on, or somebody may no longer ask for it. */
  | { kind: 'declined'; reason: string }
  /** The branch is not where it was when the work began. */
  | { kind: 'stale' }
  /** What the work has left is missing or is not as it must be. */
  | { kind: 'broken'; reason: string };

/** A job that somebody hears of. */
export type ToldJob = Exclude<Job, { decision: 'skip' }>;

export type CommentContent = {
  job: ToldJob;
  result: Result | null;
  stage: Stage;
  state: State;
  /** Leaves out all that a model, a file or a person has put into words: they hold what must not be published. */
  bare?: boolean;
};

/** So many reasons and notes are listed; more are counted. */
const MAX_LISTED = 20;

/** The whole comment: what people read, and the hidden state as its last line. */
export function renderComment(content: CommentContent): string {
  return `${visiblePart(content)}\n\n${encodeState(content.state)}`;
}

/** What people read of a comment of ours. */
export function visibleOf(body: string): string {
  const lines = body.replace(/\r\n?/g, '\n').trimEnd().split('\n');
  return (lines.at(-1)?.startsWith('<!--') ? lines.slice(0, -1) : lines).join('\n').trimEnd();
}

function visiblePart(content: CommentContent): string {
  const { job, result, stage, state, bare = false } = content;
  const summary = bare || result === null || stage.kind === 'refused' ? '' : cleanText(result.summary);
  const parts = [
    `**${headline(content)}**`,
    askedBy(job, bare),
    ...explain(content, bare),
    summary,
    result === null ? '' : spent(result),
    state.pull === null || stage.kind === 'done' ? '' : `The pull request is #${state.pull}.`,
    next(content),
  ];
  const text = parts.filter((part) => part !== '').join('\n\n');
  // What the words say must not look like the state that is hidden below them.
  return text.replace(/drydock-(state|body|reply):/gi, 'drydock $1:');
}

function headline({ result, stage, state, job }: CommentContent): string {
  const isUnfinished = result !== null && result.exitCode !== 0;
  switch (stage.kind) {
    case 'publishing':
      return stage.problem === null ? 'Publishing' : 'Not published yet';
    case 'done': {
      const unnumbered = stage.opens ? 'the draft' : `the branch ${inCode(state.branch)}`;
      const where = state.pull === null ? unnumbered : `#${state.pull}`;
      return isUnfinished ? `Not finished: what there is, is in ${where}` : `Done: ${where}`;
    }
    case 'unchanged':
      return isUnfinished ? 'Not finished, and nothing was changed' : 'Nothing was changed';
    case 'refused':
      return 'Not published: the change is not one that may be published';
    case 'declined':
      return job.decision === 'refuse' ? 'Nothing was done' : 'Not published';
    case 'stale':
      return 'Not published: the branch has moved meanwhile';
    case 'broken':
      return 'Not finished: the work has left no result that can be used';
  }
}

const ASKED: Record<TriggerKind, (actor: string) => string> = {
  label: (actor) => `Asked for by ${actor} with a label.`,
  mention: (actor) => `Asked for by ${actor} in a comment.`,
  review: (actor) => `Asked for by ${actor} in a review.`,
  checks: () => 'Begun by failing checks.',
  dispatch: (actor) => `Asked for by ${actor}.`,
};

/** Who asked, in a way that tells nobody. */
export function askedBy({ trigger }: ToldJob, bare = false): string {
  return ASKED[trigger.kind](bare || trigger.actor === '' ? 'somebody' : inCode(trigger.actor, 110));
}

function explain({ result, stage }: CommentContent, bare: boolean): string[] {
  const why =
    result !== null && result.exitCode !== 0 && !bare && stage.kind !== 'refused'
      ? [`It ended with ${inCode(result.outcome)}: ${cleanLine(result.message) || 'nothing was said'}`]
      : [];
  switch (stage.kind) {
    case 'publishing':
      return stage.problem === null || bare ? [] : [cleanLine(stage.problem)];
    case 'done':
      return bare
        ? why
        : [...why, list(noteChange(stage.entries).map(({ path, note }) => `- ${inCode(path)} ${note}`))];
    case 'refused':
      return [list(reasons(stage, bare))];
    case 'declined':
      return [bare ? '' : cleanLine(stage.reason)];
    case 'broken':
      return [bare ? '' : cleanLine(stage.reason)];
    default:
      return why;
  }
}

function reasons({ refusals, secrets }: Extract<Stage, { kind: 'refused' }>, bare: boolean): string[] {
  const place = (where: string, line: number): string => {
    if (bare) return 'something';
    return line === 0 ? `the name ${inCode(where)}` : `${inCode(where)}, line ${line},`;
  };
  return [
    ...secrets.map(({ where, line, kind }) => `- ${place(where, line)} holds what must not be published: ${kind}`),
    ...refusals.map(({ path, reason, allowance }) => {
      const way = allowance === null ? 'nothing allows it' : `\`${allowance}\` in \`.drydock/bot.yaml\` would allow it`;
      // A reason can name a file that a symlink points at.
      const said = bare ? 'it is not of an allowed kind' : cleanLine(reason);
      return `- ${path === null || bare ? '' : `${inCode(path)}: `}${said}; ${way}`;
    }),
  ];
}

function list(lines: readonly string[]): string {
  const more = lines.length - MAX_LISTED;
  return [...lines.slice(0, MAX_LISTED), ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}

function spent({ usage, durationMs }: Result): string {
  const cost = usage.usd === null ? 'an unknown cost' : `$${usage.usd.toFixed(2)}`;
  const minutes = Math.max(1, Math.round(durationMs / 60_000));
  return `${usage.turns} ${usage.turns === 1 ? 'turn' : 'turns'}, ${cost}, ${minutes} min.`;
}

/** What a person can do now. */
function next({ job, result, stage, state }: CommentContent): string {
  const say = `\`${job.config.mention}\``;
  switch (stage.kind) {
    case 'publishing':
      return stage.problem === null ? '' : 'Run the step that publishes again: it goes on where it stopped.';
    case 'done':
      if (result !== null && result.exitCode !== 0)
        return `To have it go on, write ${say} and what to do in a comment.`;
      return state.pull === null && !stage.opens
        ? 'Review the branch, and merge it yourself.'
        : `It is a draft until a person has reviewed it. To have it changed, write ${say} and what to change in a comment there.`;
    case 'unchanged':
      return `To have it try again, write ${say} and what to do in a comment.`;
    case 'refused':
      return `Allow it on the base branch, or write ${say} and how to do without it in a comment.`;
    case 'declined':
      return '';
    case 'stale':
      return `Commits that came in the meantime were left as they are. To have it work on top of them, write ${say} and what to do in a comment.`;
    case 'broken':
      return `Look at the log of the job. To have it try again, write ${say} and what to do in a comment.`;
  }
}
