/** The model that is at work: what the loop needs of it, and what the log says when another takes its place. */
import { recalls, type Strategy } from '../compaction/index.ts';
import {
  createModel,
  endpointOf,
  type Model,
  type ModelError,
  type Prices,
  type ReasoningEffort,
  type ResolvedModel,
  withRetry,
} from '../models/index.ts';
import type { CreatedEvent, CurrentModel, NewEvent } from '../session/index.ts';
import { defaultTools, type EditTool, recallTool, type Tool } from '../tools/index.ts';
import { configurationDigest, configurationOf } from './configuration.ts';
import type { ModelChoice } from './model-choice.ts';
import { type Settings, withKey } from './settings/index.ts';

export type ActiveModel = {
  model: Model;
  /** Input and output together, in tokens. */
  contextWindow: number;
  maxOutputTokens: number;
  /** Null: unknown. */
  prices: Prices | null;
  reasoningEffort: ReasoningEffort | null;
  tools: readonly Tool[];
};

/** The tools of a session: what was left out of view can be asked for where the strategy has recall. */
export function toolsOf(editTool: EditTool, strategy: Strategy): Tool[] {
  return [...defaultTools(editTool), ...(recalls(strategy) ? [recallTool] : [])];
}

/** Loads the model's SDK. Rejects with `ModelConfigError` where `env` lacks its key. */
export async function activate(
  resolved: ResolvedModel,
  reasoningEffort: ReasoningEffort | null,
  tools: readonly Tool[],
  env: NodeJS.ProcessEnv,
  idleTimeoutMs: number | undefined,
): Promise<ActiveModel> {
  const model = withRetry(await createModel(resolved, env, { idleTimeoutMs }));
  const { contextWindow, maxOutputTokens, prices } = resolved;
  return { model, contextWindow, maxOutputTokens, prices, reasoningEffort, tools };
}

/** The model that may have to go on, with an environment that has its key. */
export type Reserve = { model: ResolvedModel; env: NodeJS.ProcessEnv; idleTimeoutMs: number | undefined };

/**
 * The environment with the keys of the chosen models: that the fallback's is missing must not show only when it is needed. Rejects
 * with `ModelConfigError` or `SettingsError` where one is missing or cannot be had.
 */
export async function withKeys(
  { model, fallback }: ModelChoice,
  given: NodeJS.ProcessEnv,
  keys: Settings['keys'],
): Promise<NodeJS.ProcessEnv> {
  let env = given;
  for (const { provider } of [model, ...(fallback === null ? [] : [fallback])]) {
    env = await withKey(env, keys, provider);
    endpointOf(provider, env);
  }
  return env;
}

/**
 * Makes the chosen model; the fallback's SDK is loaded when it is needed. `secretEnv` has all keys: what must not go out. Rejects as
 * `withKeys` does.
 */
export async function openChoice(
  choice: ModelChoice,
  tools: readonly Tool[],
  given: NodeJS.ProcessEnv,
  { keys, idleTimeout }: Pick<Settings, 'keys' | 'idleTimeout'>,
): Promise<{ active: ActiveModel; fallback: Reserve | null; secretEnv: NodeJS.ProcessEnv }> {
  const { model, effort, fallback } = choice;
  const env = await withKeys(choice, given, keys);
  const active = await activate(model, effort, tools, env, idleTimeout);
  const reserve = fallback === null ? null : { model: fallback, env, idleTimeoutMs: idleTimeout };
  return { active, fallback: reserve, secretEnv: env };
}

type Next = {
  model: ResolvedModel;
  effort: ReasoningEffort | null;
  tools: readonly Tool[];
} & ({ reason: 'resume' } | { reason: 'fallback'; error: ModelError });

/** What the log says when a session goes on with `next`; nothing where that is what it has. */
export function changeEvents(created: CreatedEvent, current: CurrentModel, next: Next): NewEvent[] {
  const { model, effort, reason } = next;
  const settings = {
    model: model.id,
    contextWindow: model.contextWindow,
    reasoningEffort: effort,
    editTool: model.editTool,
  };
  const same =
    settings.model === current.model &&
    settings.editTool === current.editTool &&
    settings.contextWindow === current.contextWindow &&
    settings.reasoningEffort === current.reasoningEffort;
  if (same) return [];
  const tools = next.tools.map((tool) => tool.name);
  const changed: NewEvent = {
    type: 'model.changed',
    from: current.model,
    ...settings,
    tools,
    configurationDigest: configurationDigest(configurationOf(created, { ...settings, tools })),
    reason,
    ...(next.reason === 'fallback' && { error: next.error }),
  };
  if (current.editTool === model.editTool) return [changed];
  return [changed, { type: 'notice', reason: 'model_changed', text: editToolNotice(current.editTool, model.editTool) }];
}

/** The history is full of calls of a tool that the new model does not have. */
function editToolNotice(before: string, now: EditTool): string {
  return `Another model has worked on this so far. Where it changed files with ${before}, you have ${now}.`;
}
