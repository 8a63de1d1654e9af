/** Which models a run works with: what the settings say and the session has had, checked before anything begins. */
import type { Strategy } from '../compaction/index.ts';
import {
  checkEffort,
  compactsItself,
  ModelConfigError,
  nearestEffort,
  type ReasoningEffort,
  type ResolvedModel,
  resolveModel,
} from '../models/index.ts';
import type { CurrentModel } from '../session/index.ts';
import { type Resolved, unknownPrice } from './settings/index.ts';

/** What is said of models; null: nothing. Names are `provider:name`. */
export type ModelWishes = {
  model: string | null;
  /** In tokens. */
  contextWindow: number | null;
  effort: ReasoningEffort | null;
  /** What the user's file says is a habit: a model that lacks it has the nearest. */
  usualEffort: ReasoningEffort | null;
  /** Goes on in place of the model when that fails for good; the window is for one that the catalogue does not know. */
  fallback: { name: string; contextWindow: number | null } | null;
};

export type ModelChoice = {
  model: ResolvedModel;
  effort: ReasoningEffort | null;
  fallback: ResolvedModel | null;
  /** Lines for the user. */
  notes: string[];
};

/** What settings say of models. For a resumed run flags only, but for the fallback: all else is as the session has it. */
export function wishesOf({ settings, origins }: Pick<Resolved, 'settings' | 'origins'>, resumed: boolean): ModelWishes {
  const said = (name: 'model' | 'contextWindow' | 'effort') => !resumed || origins.get(name)?.kind === 'flags';
  const effort = (said('effort') && settings.effort) || null;
  const usual = origins.get('effort')?.kind === 'user';
  return {
    model: (said('model') && settings.model) || null,
    contextWindow: (said('contextWindow') && settings.contextWindow) || null,
    effort: usual ? null : effort,
    usualEffort: usual ? effort : null,
    fallback: settings.fallback ? { name: settings.fallback, contextWindow: settings.contextWindow ?? null } : null,
  };
}

/**
 * `current` is the session's model; null: there is none yet, and `byKey` names one. A fallback that is the model itself is
 * none: a session that has moved to it is resumed with the same settings. Throws `ModelConfigError`.
 */
export function chooseModel(wishes: ModelWishes, current: CurrentModel | null, byKey: () => string): ModelChoice {
  const name = wishes.model ?? current?.model ?? byKey();
  const stays = current !== null && idOf(name) === current.model;
  const model = resolveModel(name, windowOf(wishes.contextWindow ?? (stays ? current.contextWindow : null)));
  if (wishes.effort !== null) checkEffort(wishes.effort, model);
  const carried = wishes.effort ?? current?.reasoningEffort ?? wishes.usualEffort ?? undefined;
  const fallback = chooseFallback(wishes, model);
  const none = wishes.fallback !== null && fallback === null;
  const notes = none ? [`note: ${model.id} is at work itself, so it is no fallback`] : [];
  return { model, effort: nearestEffort(carried, model) ?? null, fallback, notes };
}

function chooseFallback({ fallback }: ModelWishes, model: ResolvedModel): ResolvedModel | null {
  if (fallback === null || idOf(fallback.name) === model.id) return null;
  const asked = resolveModel(fallback.name, windowOf(fallback.contextWindow));
  // The window is that of the model itself; what the catalogue says of another is better.
  return asked.known ? resolveModel(fallback.name) : asked;
}

/** A name may be written with a slash too. */
function idOf(name: string): string {
  return name.replace(/[:/]/, ':');
}

function windowOf(contextWindow: number | null): { contextWindow?: number } {
  return contextWindow === null ? {} : { contextWindow };
}

/** Throws `SettingsError` where a limit in dollars cannot be kept with each of the models. */
export function checkCost({ model, fallback }: ModelChoice, maxCostUsd: number | null): void {
  const unpriced = [model, fallback].find((one) => one?.prices === null);
  if (maxCostUsd !== null && unpriced) throw unknownPrice(unpriced.id);
}

/** Throws `ModelConfigError` where the user shows images to a model that cannot see them. */
export function checkSight({ model }: ModelChoice, images: readonly unknown[]): void {
  if (images.length === 0 || model.images) return;
  throw new ModelConfigError(
    `--attach: ${model.id} cannot see images, as far as the catalogue knows — leave it out, or choose a model that can`,
  );
}

/** Throws `ModelConfigError` where the history is to be shortened by a provider that cannot. */
export function checkCompaction({ model, fallback }: ModelChoice, strategy: Strategy): void {
  const unable = [model, fallback].find((one) => one && !compactsItself(one));
  if (strategy !== 'native' || !unable) return;
  throw new ModelConfigError(
    `--compaction native: the provider of ${unable.id} cannot shorten the history itself — use an anthropic: or openai: model, or begin the session with --compaction layered`,
  );
}
