/** The strategy `native`: from where on the provider is to shorten the history itself, and from where on we do. */
import { type Budget, budgetOf, type Strategy } from '../compaction/index.ts';
import { factorOf } from '../models/index.ts';
import type { Session } from '../session/index.ts';
import type { ActiveModel } from './active-model.ts';

/**
 * From how many tokens on the model's provider is asked to; null: it is not. They are the provider's own, and stay the same
 * while our counts are being corrected. `at` is the configuration's, null where it says none.
 */
export function providerAt(
  session: Pick<Session, 'state'>,
  { contextWindow, maxOutputTokens }: ActiveModel,
  strategy: Strategy,
  at: number | null,
): number | null {
  if (strategy !== 'native') return null;
  const { calibration, refusedAt } = session.state().fit;
  const refused = refusedAt === null ? null : refusedAt * factorOf(calibration);
  return budgetOf({ contextWindow, maxOutputTokens, at, factor: 1, refusedAt: refused }).trigger;
}

/** The counted tokens above which a request is ours to make smaller. */
export function ourTrigger(strategy: Strategy, { trigger, net }: Budget): number {
  return strategy === 'native' ? net : trigger;
}
