/**
 * The events of a session: every fact of a run, as one line of JSON each. The log is the session; all state is a fold
 * over it (`fold.ts`). Adding a type of event, or an optional field, keeps the version; changing what an existing field
 * means raises it.
 */
import { z } from 'zod';
import { type Json, MODEL_ERROR_KINDS, REASONING_EFFORTS } from '../models/index.ts';
import { COMPACTION_STRATEGIES, compactionFailed, compactionFinished, compactionStarted } from './compaction-events.ts';
import { usageSchema } from './usage.ts';

/** The version of the log's format that this code writes, and the highest that it reads. */
export const LOG_VERSION = 1;

/** What may be a session's id: it names a folder, a branch and labels, so it holds no path and no blank. */
export const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return false;
  return (Array.isArray(value) ? value : Object.values(value)).every(isJson);
}

/** A hand-written check, because a recursive schema is many times slower on large values. */
const json = z.custom<Json>(isJson, 'not a JSON value');
const jsonObject = z.custom<{ [key: string]: Json }>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && isJson(value),
  'not a JSON object',
);

const textPart = z.object({ type: z.literal('text'), text: z.string() });
/** What a model says; `phase` is OpenAI's label of it. */
const saidPart = textPart.extend({ phase: z.enum(['commentary', 'final_answer']).exactOptional() });
const imagePart = z.object({
  type: z.literal('image'),
  mediaType: z.string(),
  data: z.string(),
  /** In pixels. */
  longestSide: z.number().exactOptional(),
});
const reasoningPart = z.object({ type: z.literal('reasoning'), text: z.string(), opaque: json.exactOptional() });
/** What the provider has put in the place of all before it. Only the model that it was made for reads it. */
const compactionPart = z.object({ type: z.literal('compaction'), opaque: json });
const toolCallPart = z.object({
  type: z.literal('tool_call'),
  id: z.string(),
  name: z.string(),
  arguments: z.string(),
});

/** What a user message or a tool result holds. */
const content = z.array(z.discriminatedUnion('type', [textPart, imagePart]));

/** An assistant message as `models/` defines it. */
export const assistantMessageSchema = z.object({
  role: z.literal('assistant'),
  model: z.string(),
  content: z.array(z.discriminatedUnion('type', [saidPart, reasoningPart, compactionPart, toolCallPart])),
});

/** A model's error as `models/` defines it. */
export const modelErrorSchema = z.object({
  kind: z.enum(MODEL_ERROR_KINDS),
  message: z.string(),
  status: z.number().exactOptional(),
  retryAfterMs: z.number().exactOptional(),
  requestId: z.string().exactOptional(),
});

/** Lines added and removed in one file; null for a binary file. */
const changedFile = z.object({ path: z.string(), added: z.number().nullable(), removed: z.number().nullable() });

/** What is done beyond taking an image as it is, by the base commit; `sandbox/` carries it out. Absent: nothing. */
const recipe = z.object({
  /** An image that is built; null: `image`. Paths are relative to the repository's root. */
  build: z
    .object({
      kind: z.enum(['dockerfile', 'devcontainer']),
      dockerfile: z.string(),
      context: z.string(),
      args: z.record(z.string(), z.string()),
      target: z.string().nullable(),
    })
    .nullable(),
  env: z.record(z.string(), z.string()),
  /** Whom commands run as; null: the image's user. */
  user: z.string().nullable(),
  /** Commands that run once before the agent's phase; their result is kept as an image. */
  setup: z.object({ commands: z.array(z.string()), network: z.enum(['none', 'full']) }).nullable(),
});

/** Where the secret value of a header comes from; never the value. */
const headerSource = z.union([
  z.object({ env: z.string(), prefix: z.string().exactOptional() }),
  z.object({ file: z.string(), prefix: z.string().exactOptional() }),
]);

/** An MCP server that the session may use, as `tools/` defines it. */
const mcpServer = z.object({
  name: z.string(),
  transport: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('stdio'),
      command: z.array(z.string()),
      env: z.record(z.string(), z.string()),
      cwd: z.string().nullable(),
    }),
    z.object({ kind: z.literal('http'), url: z.string(), headers: z.record(z.string(), headerSource) }),
  ]),
  timeoutMs: z.number(),
  startTimeoutMs: z.number(),
  required: z.boolean(),
  tools: z.array(z.string()).nullable(),
  exclude: z.array(z.string()),
});

/** The first event of every log: what the session was made with. */
const created = z.object({
  type: z.literal('session.created'),
  id: z.string().regex(SESSION_ID),
  drydockVersion: z.string(),
  /**
   * The session, and how many of its turns, that this one began as a copy of; `filesTurn`: its files are those of this earlier
   * turn, since none were saved after the other.
   */
  forkedFrom: z
    .object({ session: z.string(), turn: z.number(), filesTurn: z.number().exactOptional() })
    .exactOptional(),
  /** Where the work comes from; null: the sandbox's folder is worked on as it is, without git. */
  repository: z
    .object({
      root: z.string(),
      /** Full object id of the commit that the work starts from. */
      base: z.string(),
      /** The branch that was checked out; null: a detached HEAD. */
      branch: z.string().nullable(),
      /** The folder below the root that the run was started in, without slashes at its ends; empty for the root. */
      prefix: z.string(),
      objectFormat: z.enum(['sha1', 'sha256']),
      /** The commit whose instructions, settings, skills and recipe count; absent: the base. */
      rules: z.string().exactOptional(),
    })
    .nullable(),
  sandbox: z.object({
    backend: z.enum(['docker', 'host']),
    /** Null: Drydock's own, or the one that the recipe builds. */
    image: z.string().nullable(),
    network: z.enum(['none', 'allow', 'full']),
    /** With the policy `allow`: what can be reached, as `HOST`, `HOST:PORT` or `*.HOST`. */
    allow: z.array(z.string()).exactOptional(),
    workspace: z.string(),
    /** Whom commands on the host run as. */
    user: z.string().exactOptional(),
    recipe: recipe.exactOptional(),
    /** Of the container; absent for the host, and in sessions from before they were written down. */
    limits: z
      .object({
        memoryBytes: z.number(),
        /** 0: all. */
        cpus: z.number(),
        pids: z.number(),
        diskBytes: z.number(),
        inodes: z.number(),
      })
      .exactOptional(),
  }),
  /** The model's full name, `provider:name`. */
  model: z.string(),
  /** In tokens. */
  contextWindow: z.number(),
  /** Absent or null: the provider's own. */
  reasoningEffort: z.enum(REASONING_EFFORTS).nullable().exactOptional(),
  editTool: z.string(),
  limits: z.object({
    maxTurns: z.number(),
    maxCostUsd: z.number().nullable(),
    timeoutMs: z.number().nullable(),
    verify: z.string().nullable(),
    verifyAttempts: z.number(),
    maxDiffLines: z.number().exactOptional(),
    maxDiffFiles: z.number().exactOptional(),
  }),
  configurationDigest: z.string(),
  /** What the settings said that holds the agent back, as it was written. Absent in sessions from before. */
  rules: z
    .object({
      policy: z.object({
        default: z.enum(['allow', 'ask', 'deny']),
        deny: z.array(z.string()),
        ask: z.array(z.string()),
        allow: z.array(z.string()),
      }),
      guard: z.object({
        redact: z.boolean(),
        secrets: z.record(z.string(), z.string()),
        blocked: z.array(z.string()),
      }),
    })
    .exactOptional(),
  /** How the history is made to fit; absent: it was not. `at`: from so many tokens on; null: as the model's window has it. */
  compaction: z.object({ strategy: z.enum(COMPACTION_STRATEGIES), at: z.number().nullable() }).exactOptional(),
  /** Whether the base commit's settings file was read. */
  useProject: z.boolean().exactOptional(),
  instructions: z.array(z.object({ path: z.string(), text: z.string(), truncated: z.boolean() })),
  /** The skills that the model is told of; absent: none. Their files are in the session's folder. */
  skills: z
    .object({
      /** Where commands find them. */
      folder: z.string(),
      list: z.array(
        z.object({
          name: z.string(),
          description: z.string(),
          /** `project`: from the base commit. */
          origin: z.enum(['user', 'project']),
          /** Where it was found: absolute for the user's, from the repository's root for the project's. */
          folder: z.string(),
          digest: z.string(),
        }),
      ),
    })
    .exactOptional(),
  /** The system prompt, word for word. */
  system: z.string(),
  /** Names of the tools that the model has, but for those of MCP servers. */
  tools: z.array(z.string()),
  /** Absent: none. What they offer is in `mcp.listed`. */
  mcp: z.array(mcpServer).exactOptional(),
});

/** The user's words. */
const prompt = z.object({ type: z.literal('prompt'), content });

const modelRequested = z.object({
  type: z.literal('model.requested'),
  turn: z.number(),
  /** As it is expected to be reported. */
  estimatedTokens: z.number(),
  /** As it was counted, before the provider's reports corrected it. Absent in sessions from before there was a difference. */
  countedTokens: z.number().exactOptional(),
});

/** From here on another model works on the session, or the same one with other settings. */
const modelChanged = z.object({
  type: z.literal('model.changed'),
  /** The one before. */
  from: z.string(),
  model: z.string(),
  contextWindow: z.number(),
  /** Null: the provider's own. */
  reasoningEffort: z.enum(REASONING_EFFORTS).nullable(),
  editTool: z.string(),
  tools: z.array(z.string()),
  configurationDigest: z.string(),
  /** `resume`: a resumed run goes on with it; `fallback`: the one before has failed, by `error`; or another short word. */
  reason: z.string(),
  error: modelErrorSchema.exactOptional(),
});

const modelRetried = z.object({
  type: z.literal('model.retried'),
  turn: z.number(),
  attempt: z.number(),
  delayMs: z.number(),
  error: modelErrorSchema,
});

const modelResponded = z.object({
  type: z.literal('model.responded'),
  turn: z.number(),
  message: assistantMessageSchema,
  stopReason: z.enum(['end', 'tool_calls', 'max_tokens', 'pause', 'error']),
  usage: usageSchema,
  error: modelErrorSchema.exactOptional(),
  durationMs: z.number(),
  /** From the request to the first streamed token; null: none came. */
  firstTokenMs: z.number().nullable(),
});

/** Logged before a tool runs, so that a resume knows which calls may have had effects. */
const toolStarted = z.object({
  type: z.literal('tool.started'),
  turn: z.number(),
  callId: z.string(),
  name: z.string(),
});

const toolFinished = z.object({
  type: z.literal('tool.finished'),
  turn: z.number(),
  callId: z.string(),
  name: z.string(),
  content,
  isError: z.boolean(),
  details: jsonObject,
  durationMs: z.number(),
});

/** A tool call was decided about before it started, by other than the default that lets it be. */
const policyDecided = z.object({
  type: z.literal('policy.decided'),
  turn: z.number(),
  callId: z.string(),
  tool: z.string(),
  verdict: z.enum(['allow', 'deny']),
  /** The rule that decided or asked, as it was written; null: none names the call. */
  rule: z.string().nullable(),
  /** The part of the call that it was about. */
  what: z.string(),
  /** `headless`: a person would have been asked, and none was there. */
  by: z.enum(['rule', 'default', 'user', 'headless', 'guard', 'hook']),
  /** What the user told the model with a no. */
  words: z.string().exactOptional(),
  /** The user's yes holds for the same call in the rest of the run. */
  always: z.boolean().exactOptional(),
});

/** A command of the user's ran on the host at a point of the run. */
const hookFinished = z.object({
  type: z.literal('hook.finished'),
  /** `session-start`, `before-tool`, `after-tool`, `stop`, `session-end`, or another short word. */
  hook: z.string(),
  command: z.string(),
  callId: z.string().exactOptional(),
  outcome: z.enum(['ok', 'blocked', 'failed', 'timeout']),
  exitCode: z.number().nullable(),
  /** What it said; at most 4 KiB. */
  text: z.string(),
  durationMs: z.number(),
});

/** A process that a tool call left running has ended. `reason` says how, e.g. `exited` or `killed`. */
const processEnded = z.object({
  type: z.literal('process.ended'),
  handle: z.string(),
  exitCode: z.number().nullable(),
  reason: z.string(),
});

/** A message from the runtime to the model, which it sees in the user's role. */
const notice = z.object({
  type: z.literal('notice'),
  /** `verify_failed`, `loop`, `hook`, `max_diff`, `interrupted_tool`, `sandbox_replaced`, `cut_output`, or another short word. */
  reason: z.string(),
  text: z.string(),
});

const verifyFinished = z.object({
  type: z.literal('verify.finished'),
  attempt: z.number(),
  command: z.string(),
  /** Null: the command did not end by itself (timeout, signal). */
  exitCode: z.number().nullable(),
  output: z.string(),
  durationMs: z.number(),
});

/**
 * The sandbox met a limit, or the disk that it lies on is full. `limit` and `observed` are bytes, or a count of processes
 * or files; `text` says what happened and what was done.
 */
const limitBreached = z.object({
  type: z.literal('limit.breached'),
  /** `memory`, `processes`, `disk`, `inodes`, `engine_disk`, or another short word. */
  kind: z.string(),
  limit: z.number(),
  observed: z.number().nullable(),
  text: z.string(),
});

/** A connection that a command asked for under the policy `allow`, as `sandbox/` tells of it when it is over. */
const networkConnection = z.object({
  type: z.literal('network.connection'),
  /** Null: the request named no proper one. */
  host: z.string().nullable(),
  port: z.number().nullable(),
  /** What the host's name led to; null: it was not looked up, or leads nowhere. */
  address: z.string().nullable(),
  /** `failed`: nothing forbids it, but it did not come about. */
  verdict: z.enum(['allowed', 'denied', 'failed']),
  /** Empty where it was allowed. */
  reason: z.string(),
  bytesUp: z.number(),
  bytesDown: z.number(),
  durationMs: z.number(),
});

/** So many more connections of the run have no event of their own. */
const networkUnlogged = z.object({ type: z.literal('network.unlogged'), count: z.number() });

/** What MCP servers offer: asked once, before the first request, and the same for the whole session. */
const mcpListed = z.object({
  type: z.literal('mcp.listed'),
  /** The digest of the agent configuration, these tools included. */
  configurationDigest: z.string(),
  tools: z.array(
    z.object({
      /** What the model calls it. */
      name: z.string(),
      server: z.string(),
      /** The server's own name for it. */
      tool: z.string(),
      description: z.string(),
      parameters: jsonObject,
    }),
  ),
  /** Servers that did not start, and tools that are left out: a line each. */
  problems: z.array(z.object({ server: z.string(), text: z.string() })),
});

/** Something that happened to an MCP server later. */
const mcpServerEvent = z.object({
  type: z.literal('mcp.server'),
  server: z.string(),
  /** `failed` to start, `ended` by itself, `restarted`, `list_changed`, or another short word. */
  state: z.string(),
  text: z.string(),
});

/** The workspace's state, kept in the session's bare repository. */
const checkpoint = z.object({
  type: z.literal('checkpoint'),
  /** The files are as they were after so many turns of the session; 0: before the first. */
  turn: z.number().exactOptional(),
  commit: z.string(),
  tree: z.string(),
  /** What differs from the base; of one that is taken during a run the first few, or the log would grow with turns × files. */
  files: z.array(changedFile),
  /** How many more there are; absent: none. */
  moreFiles: z.number().exactOptional(),
  /** `include_dirty`, `turn`, `run_end`, `undo`, `fork`, or another short word: what it was taken for. */
  trigger: z.string(),
});

/** The work was handed over. `branch` and `commit` are null where nothing changed or no branch was asked for. */
const exported = z.object({
  type: z.literal('exported'),
  branch: z.string().nullable(),
  /** Whether the working tree has the change too. */
  applied: z.boolean().exactOptional(),
  commit: z.string().nullable(),
  base: z.string().nullable(),
  files: z.array(changedFile),
  /** Nested repositories whose files were taken in without their history. */
  flattened: z.array(z.string()),
  /** The blob that holds the patch. */
  patchHandle: z.string().nullable(),
});

/** How a run can end; the exit code follows from it. */
export const RUN_OUTCOMES = [
  'completed',
  'verify_failed',
  'gave_up',
  'usage',
  'provider',
  'sandbox',
  'limit',
  'interrupted',
  'failed',
] as const;

/** The last event of a run. A session can hold several runs. */
const runFinished = z.object({
  type: z.literal('run.finished'),
  outcome: z.enum(RUN_OUTCOMES),
  exitCode: z.number(),
  /** One line for a person: what ended the run. */
  message: z.string(),
  /** One line for a person: what to do next; empty: nothing. */
  hint: z.string(),
  /** Of this run alone. */
  usage: usageSchema,
  turns: z.number(),
  durationMs: z.number(),
});

const EVENT_BODIES = [
  created,
  prompt,
  modelRequested,
  modelRetried,
  modelResponded,
  modelChanged,
  policyDecided,
  toolStarted,
  toolFinished,
  hookFinished,
  processEnded,
  notice,
  verifyFinished,
  limitBreached,
  networkConnection,
  networkUnlogged,
  mcpListed,
  mcpServerEvent,
  compactionStarted,
  compactionFinished,
  compactionFailed,
  checkpoint,
  exported,
  runFinished,
] as const;

/** What an event says, without its place in the log. */
export const eventBodySchema = z.discriminatedUnion('type', EVENT_BODIES);
export type EventBody = z.infer<typeof eventBodySchema>;
export type CreatedEvent = Extract<EventBody, { type: 'session.created' }>;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** What `Session.append` takes: the first event is written when the session is made. */
export type NewEvent = Exclude<EventBody, { type: 'session.created' }>;

/** What every line of a log has. */
export const envelopeSchema = z.object({
  v: z.number(),
  /** Starts at 1 and grows by 1: it is also the number of the line. */
  seq: z.number(),
  /** UTC, ISO 8601. */
  at: z.iso.datetime(),
  type: z.string(),
});

/** The place of an event in the log. */
export type EventPlace = { v: number; seq: number; at: string };

/** An event of a type that this version does not know. It stays in the log and the fold passes over it. */
export type UnknownEvent = { type: 'unknown'; originalType: string };

export type SessionEvent = (EventBody | UnknownEvent) & EventPlace;

/** A line that is not an event. `newer`: it was written in a later version of the format. */
export type EventProblem = { problem: string; newer: boolean };

const KNOWN_TYPES: ReadonlySet<string> = new Set(EVENT_BODIES.map((body) => body.shape.type.value));

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'not an event';
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}

/**
 * Reads one line of a log, without its line feed. A known type must have all its fields; fields it does not know are
 * left out. Never throws.
 */
export function parseEvent(line: string): SessionEvent | EventProblem {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { problem: `not JSON (${error instanceof Error ? error.message : String(error)})`, newer: false };
  }
  const envelope = envelopeSchema.safeParse(value);
  if (!envelope.success) return { problem: firstIssue(envelope.error), newer: false };
  const { v, seq, at, type } = envelope.data;
  if (v > LOG_VERSION) {
    return {
      problem: `written in version ${v} of the log format; this Drydock reads up to ${LOG_VERSION}`,
      newer: true,
    };
  }
  if (!KNOWN_TYPES.has(type)) return { v, seq, at, type: 'unknown', originalType: type };
  const body = eventBodySchema.safeParse(value);
  if (!body.success) return { problem: `${type}: ${firstIssue(body.error)}`, newer: false };
  return { v, seq, at, ...body.data };
}
