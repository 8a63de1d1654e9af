/** Reasoning effort: which levels a model has, and what becomes of one that it lacks. */
import { ModelConfigError, type ResolvedModel } from './catalogue.ts';
import { REASONING_EFFORTS, type ReasoningEffort } from './model.ts';

type Reasoner = Pick<ResolvedModel, 'id' | 'reasoning'>;

/** The levels that can be asked of a model, from least to most; none where it does not reason. */
export function effortsOf({ reasoning }: Pick<ResolvedModel, 'reasoning'>): ReasoningEffort[] {
  if (reasoning === null) return [];
  return REASONING_EFFORTS.filter((level) =>
    level === 'none' ? reasoning.off !== null : reasoning.efforts.includes(level),
  );
}

/**
 * The level nearest to the one that was meant for another model: none and minimal become the least, any other the next
 * below. Undefined: there is nothing to ask for.
 */
export function nearestEffort(
  effort: ReasoningEffort | undefined,
  model: Pick<ResolvedModel, 'reasoning'>,
): ReasoningEffort | undefined {
  const levels = effortsOf(model);
  if (effort === undefined || levels.includes(effort)) return levels.length === 0 ? undefined : effort;
  const wanted = REASONING_EFFORTS.indexOf(effort);
  const below = levels.filter((level) => level !== 'none' && REASONING_EFFORTS.indexOf(level) < wanted);
  return below.at(-1) ?? levels.find((level) => level !== 'none');
}

/** Throws `ModelConfigError` where the user asks a model for a level that it does not have. */
export function checkEffort(effort: ReasoningEffort, model: Reasoner): void {
  const levels = effortsOf(model);
  if (levels.includes(effort)) return;
  throw new ModelConfigError(
    levels.length === 0
      ? `--effort ${effort}: ${model.id} does not reason; leave it out`
      : `--effort ${effort}: ${model.id} does not have this level; it has ${levels.join(', ')}`,
  );
}
