/** A session as an ATIF trajectory, for other harnesses. Pure, over the events in the log's order. */
import {
  addUsage,
  type Json,
  NO_USAGE,
  parseArguments,
  type ToolCallPart,
  type ToolSpec,
  type Usage,
} from '../../models/index.ts';
import type { EventBody, SessionEvent } from '../events.ts';
import { startFold } from '../fold.ts';
import { CUT_CALL, parseHandle } from '../history.ts';
import type { AgentStep, AtifMetrics, AtifStep, AtifTrajectory } from './atif-schema.ts';

const ATIF_VERSION = 'ATIF-v1.7';

type Body<T extends EventBody['type']> = Extract<EventBody, { type: T }>;
type Content = Body<'prompt'>['content'];
type Extra = { [key: string]: Json };
type Result = NonNullable<AtifStep['observation']>['results'][number];

/** A step with what later events may add to it. `turn`: of a response; `open`: its calls that have no result yet. */
type Draft = { step: AtifStep; turn: number; open: string[] };

/** `add` the events as they come; `trajectory` is what they make so far, null before the first. */
export type AtifBuilder = { add(event: SessionEvent): void; trajectory(): AtifTrajectory | null };

/** The trajectory of a log. `tools`: what is known of the tools that the session names. Throws for a log without events. */
export function toAtif(events: Iterable<SessionEvent>, tools: readonly ToolSpec[] = []): AtifTrajectory {
  const builder = startAtif(tools);
  for (const event of events) builder.add(event);
  const trajectory = builder.trajectory();
  if (trajectory === null) throw new Error('a log without events is no trajectory');
  return trajectory;
}

/**
 * The same for events that come one by one. A prompt, a notice (which the model sees in the user's role), a response of the model with
 * the results of its calls, and a compaction are a step each. `extra.context_management.view_step_ids` of a compaction are
 * the steps that the model sees after it, in their order, itself (where it has left a message) among them.
 */
export function startAtif(tools: readonly ToolSpec[] = []): AtifBuilder {
  let created: (Body<'session.created'> & { at: string }) | null = null;
  let effort: string | null = null;
  let offered: readonly ToolSpec[] = tools;
  let spent = NO_USAGE;
  let summarising = NO_USAGE;
  let retries = 0;
  const runs: Extra[] = [];
  const drafts: Draft[] = [];
  const folding = startFold();
  /** The step of each item of the history, which counts from 1. */
  const stepOfItem: number[] = [0];

  const push = (step: AtifStep, more: { item: boolean; turn?: number; open?: string[] }) => {
    drafts.push({ step, turn: more.turn ?? 0, open: more.open ?? [] });
    if (more.item) stepOfItem.push(step.step_id);
  };
  const place = (at: string) => ({ step_id: drafts.length + 1, timestamp: at });

  const respond = (event: Body<'model.responded'>, at: string) => {
    const failed = event.stopReason === 'error';
    const calls = failed ? [] : event.message.content.filter((part) => part.type === 'tool_call');
    const cut = event.stopReason === 'max_tokens';
    const [first, ...rest] = calls.map(callOf);
    const reasoning = textsOf(event.message.content, 'reasoning');
    const native = event.message.content.some(({ type }) => type === 'compaction');
    const step: AgentStep = {
      ...place(at),
      source: 'agent',
      model_name: event.message.model,
      ...(effort === null ? {} : { reasoning_effort: effort }),
      message: textsOf(event.message.content, 'text'),
      ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
      ...(first === undefined ? {} : { tool_calls: [first, ...rest] }),
      ...(cut && calls.length > 0 ? { observation: { results: calls.map(({ id }) => cutResult(id)) } } : {}),
      ...(isNothing(event.usage) ? {} : { metrics: metricsOf(event.usage) }),
      llm_call_count: 1,
      extra: {
        turn: event.turn,
        stop_reason: event.stopReason,
        duration_ms: event.durationMs,
        ...(retries === 0 ? {} : { retries }),
        ...(event.error ? { error: { kind: event.error.kind, message: event.error.message } } : {}),
        ...(native ? { context_management: { type: 'compaction', by: 'provider' } } : {}),
      },
    };
    retries = 0;
    const item = !failed && event.message.content.length > 0;
    push(step, { item, turn: failed ? 0 : event.turn, open: cut ? [] : calls.map(({ id }) => id) });
  };

  /** The result goes to the open call that `fold` gives it to. */
  const finish = (event: Body<'tool.finished'>) => {
    const isOpen = ({ open }: Draft) => open.includes(event.callId);
    const draft =
      drafts.findLast((each) => each.turn === event.turn && isOpen(each)) ?? drafts.findLast((each) => isOpen(each));
    if (draft === undefined) return;
    draft.open.splice(draft.open.indexOf(event.callId), 1);
    const result: Result = {
      source_call_id: event.callId,
      content: contentText(event.content),
      extra: { is_error: event.isError, duration_ms: event.durationMs },
    };
    draft.step = { ...draft.step, observation: { results: [...(draft.step.observation?.results ?? []), result] } };
  };

  const compact = (event: Body<'compaction.finished'>, at: string) => {
    const { type: _type, actions, handoff, usage, durationMs, ...facts } = event;
    const own = place(at);
    if (handoff !== null) stepOfItem.push(own.step_id);
    const { history } = folding.state();
    const shortened = actions.flatMap((action): Extra[] => {
      if (action.type !== 'fold' && action.type !== 'clip') return [];
      const { id = 0, call = null } = parseHandle(action.handle) ?? {};
      const callId = history.find((item) => item.id === id)?.calls[call ?? -1]?.call.id;
      if (callId === undefined) return [];
      return [{ step_id: stepOfItem[id] ?? 0, source_call_id: callId, content: action.text }];
    });
    const view = history.filter(({ hidden }) => !hidden).map((item) => stepOfItem[item.id] ?? 0);
    push(
      {
        ...own,
        source: 'system',
        message: `compaction (${facts.rung}): about ${facts.tokensBefore} tokens became ${facts.tokensAfter}`,
        ...(handoff === null ? {} : { observation: { results: [{ content: handoff }] } }),
        extra: {
          context_management: {
            type: 'compaction',
            // Of the values that the format knows, what fits a message that stands for earlier ones.
            ...(handoff === null ? {} : { boundary: 'replace' }),
            tokens_before: facts.tokensBefore,
            tokens_after: facts.tokensAfter,
            trigger: facts.trigger,
            strategy: facts.strategy,
            rung: facts.rung,
            view_step_ids: view,
            ...(shortened.length === 0 ? {} : { shortened }),
          },
          duration_ms: durationMs,
          ...(isNothing(usage) ? {} : { metrics: metricsOf(usage) }),
        },
      },
      { item: false },
    );
  };

  return {
    add(event) {
      folding.add(event);
      switch (event.type) {
        case 'session.created':
          created = event;
          effort = event.reasoningEffort ?? null;
          push({ ...place(event.at), source: 'system', message: event.system }, { item: false });
          break;
        case 'model.changed':
          effort = event.reasoningEffort;
          break;
        case 'mcp.listed':
          offered = [
            ...tools,
            ...event.tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
          ];
          break;
        case 'prompt':
          push({ ...place(event.at), source: 'user', message: contentText(event.content) }, { item: true });
          break;
        case 'notice':
          push(
            { ...place(event.at), source: 'user', message: event.text, extra: { notice: event.reason } },
            { item: true },
          );
          break;
        case 'model.retried':
          retries += 1;
          break;
        case 'model.responded':
          spent = addUsage(spent, event.usage);
          respond(event, event.at);
          break;
        case 'tool.finished':
          finish(event);
          break;
        case 'compaction.finished':
          compact(event, event.at);
          summarising = addUsage(summarising, event.usage);
          break;
        case 'compaction.failed':
          summarising = addUsage(summarising, event.usage);
          break;
        case 'run.finished': {
          const { outcome, exitCode, message, hint, turns, durationMs } = event;
          runs.push({ outcome, exit_code: exitCode, message, hint, turns, duration_ms: durationMs });
          break;
        }
        default:
          break;
      }
      // What a fork has copied, up to its turn, has been paid for in the other session.
      if (event.type === 'model.responded' && created?.forkedFrom && event.turn <= created.forkedFrom.turn) {
        for (const draft of drafts) draft.step = { ...draft.step, is_copied_context: true };
        spent = NO_USAGE;
        summarising = NO_USAGE;
      }
    },
    trajectory() {
      if (created === null) return null;
      const all = addUsage(spent, summarising);
      return {
        schema_version: ATIF_VERSION,
        session_id: created.id,
        agent: {
          name: 'drydock',
          version: created.drydockVersion,
          model_name: created.model,
          ...(offered.length === 0 ? {} : { tool_definitions: offered.map(definitionOf) }),
          extra: {
            configuration_digest: created.configurationDigest,
            sandbox: created.sandbox.backend,
            tools: created.tools,
          },
        },
        steps: drafts.map(({ step }) => step),
        final_metrics: {
          total_prompt_tokens: all.inputTokens,
          total_completion_tokens: all.outputTokens,
          total_cached_tokens: all.cacheReadTokens,
          ...(all.costUsd === null ? {} : { total_cost_usd: all.costUsd }),
          total_steps: drafts.length,
          ...(isNothing(summarising) ? {} : { extra: { of_compactions: { ...metricsOf(summarising) } } }),
        },
        extra: {
          base_commit: created.repository?.base ?? null,
          ...(created.forkedFrom ? { forked_from: created.forkedFrom } : {}),
          runs,
        },
      };
    },
  };
}

function contentText(content: Content): string {
  return content.map((part) => (part.type === 'text' ? part.text : `[image: ${part.mediaType}]`)).join('\n');
}

function textsOf(content: Body<'model.responded'>['message']['content'], type: 'text' | 'reasoning'): string {
  return content.flatMap((part) => (part.type === type ? [part.text] : [])).join('\n');
}

function isNothing({ inputTokens, outputTokens }: Usage): boolean {
  return inputTokens === 0 && outputTokens === 0;
}

function metricsOf(usage: Usage): AtifMetrics {
  return {
    prompt_tokens: usage.inputTokens,
    completion_tokens: usage.outputTokens,
    cached_tokens: usage.cacheReadTokens,
    ...(usage.costUsd === null ? {} : { cost_usd: usage.costUsd }),
    extra: { cache_write_tokens: usage.cacheWriteTokens, reasoning_tokens: usage.reasoningTokens },
  };
}

/** Arguments must be an object; what is none stands as it came in `extra`. */
function callOf({ id, name, arguments: text }: ToolCallPart): NonNullable<AgentStep['tool_calls']>[number] {
  const call = { tool_call_id: id, function_name: name };
  const parsed = text.trim() === '' ? {} : parsedObject(text);
  return parsed === null ? { ...call, arguments: {}, extra: { raw_arguments: text } } : { ...call, arguments: parsed };
}

function parsedObject(text: string): Extra | null {
  try {
    const value = parseArguments(text);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isObject(value: unknown): value is Extra {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cutResult(callId: string): Result {
  return { source_call_id: callId, content: CUT_CALL, extra: { is_error: true } };
}

function definitionOf({ name, description, parameters }: ToolSpec) {
  return { type: 'function' as const, function: { name, description, parameters } };
}
