/** The effort word of OpenAI's two APIs. */
import type { ResolvedModel } from './catalogue.ts';
import type { ReasoningEffort } from './model.ts';

/** The effort to ask for: where reasoning cannot be switched off, `none` becomes the least that there is. */
export function effortWord(
  effort: ReasoningEffort | undefined,
  model: Pick<ResolvedModel, 'reasoning'>,
): ReasoningEffort | undefined {
  if (model.reasoning === null) return undefined;
  return effort === 'none' && model.reasoning.off === null ? 'low' : effort;
}
