/** The events of a compaction: what began it, the whole change that it made, what did not work. */
import { z } from 'zod';
import { usageSchema } from './usage.ts';

/** What made a compaction begin. `command`: the user asked; `overflow`: the provider said that a request does not fit. */
export const COMPACTION_TRIGGERS = ['prompt', 'turn', 'resume', 'model', 'command', 'overflow'] as const;
/** How the history is made to fit; `compaction/` carries them out. */
export const COMPACTION_STRATEGIES = ['none', 'truncate', 'summary', 'layered', 'native'] as const;
/** The steps that a strategy can take, from the gentlest on. */
export const COMPACTION_RUNGS = ['fold', 'summarise', 'truncate', 'fold_all', 'ledger', 'minimal'] as const;

/** A result that leaves the view in favour of a shorter text; sizes are estimated tokens. */
const shortening = { handle: z.string(), before: z.number(), after: z.number(), text: z.string(), reason: z.string() };
const compactionAction = z.discriminatedUnion('type', [
  /** A tool result became one line. */
  z.object({ type: z.literal('fold'), ...shortening }),
  /** A tool result kept its head and its tail. */
  z.object({ type: z.literal('clip'), ...shortening }),
  /** The items from one handle to another left the view. */
  z.object({
    type: z.literal('drop'),
    from: z.string(),
    to: z.string(),
    items: z.number(),
    before: z.number(),
    reason: z.string(),
  }),
  /** A prompt of the user's that stays, word for word, though what is around it is dropped. */
  z.object({ type: z.literal('keep'), handle: z.string(), before: z.number(), reason: z.string() }),
]);

/** The history is about to be made shorter. The view changes only with `compaction.finished`. */
export const compactionStarted = z.object({
  type: z.literal('compaction.started'),
  trigger: z.enum(COMPACTION_TRIGGERS),
  strategy: z.enum(COMPACTION_STRATEGIES),
  /** Of the next request, as it would be. */
  estimatedTokens: z.number(),
  /** Of the last request, by the provider; null: none was reported. */
  reportedTokens: z.number().nullable(),
  /** In tokens: the model's window, where a compaction begins, what it comes below. */
  budget: z.object({ window: z.number(), trigger: z.number(), target: z.number() }),
  /** What the user wants kept above all. */
  focus: z.string().exactOptional(),
});

/** The whole change of the view, in one event: before it the view is the old one, after it the new one. */
export const compactionFinished = z.object({
  type: z.literal('compaction.finished'),
  trigger: z.enum(COMPACTION_TRIGGERS),
  strategy: z.enum(COMPACTION_STRATEGIES),
  rung: z.enum(COMPACTION_RUNGS),
  /** Estimated tokens of the request. What the provider says of it is in the next `model.responded`. */
  tokensBefore: z.number(),
  tokensAfter: z.number(),
  actions: z.array(compactionAction),
  /** The message that stands for what was dropped, in place of any earlier one; null: the view needs none. */
  handoff: z.string().nullable(),
  /** What was taken out of the model's summary: a line each, with the reason. */
  struck: z.array(z.string()),
  /** Of the summary's requests. */
  usage: usageSchema,
  durationMs: z.number(),
});

/** A step of a compaction did not work, and changed nothing. The next one is taken, or the run ends. */
export const compactionFailed = z.object({
  type: z.literal('compaction.failed'),
  trigger: z.enum(COMPACTION_TRIGGERS),
  strategy: z.enum(COMPACTION_STRATEGIES),
  rung: z.enum(COMPACTION_RUNGS),
  /** `empty`, `overlong`, `unstructured`, `tool_calls`, `cut`, `too_little`, `too_large`, `nothing`, a model error's kind, or another short word. */
  reason: z.string(),
  /** What the model wrote in place of a summary, or a line on what fills the window; at most 4 KiB. */
  text: z.string(),
  usage: usageSchema,
  durationMs: z.number(),
});
