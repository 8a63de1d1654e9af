/** What the bench writes down of each request: sizes, what it shows, and what was answered. */

import type { ReplyKind } from './agent-model.ts';
import type { Fact } from './facts.ts';
import type { CountTokens } from './summariser.ts';
import { commonParts, commonTokens, tokensOf } from './tokens.ts';

/**
 * Tokens as `tokens.ts` counts them. `sharedTokens`: of the longest prefix in common with the request before;
 * `cachedTokens`: with any before. `shown`: ids of the facts that stand in it word for word. `stale`: ids of facts behind
 * which a form that they replaced stands, so that it looks like the newer one. `isContinued`: it begins with the whole of the last request that was
 * not for a summary. `steps`: the numbers of the steps that the answer takes.
 */
export type RequestRecord = {
  kind: ReplyKind | 'refused';
  steps: readonly number[];
  inputTokens: number;
  sharedTokens: number;
  cachedTokens: number;
  outputTokens: number;
  shown: ReadonlySet<string>;
  stale: ReadonlySet<string>;
  isContinued: boolean;
};

/** What is known of a request before it is answered. */
export type Arrival = Omit<RequestRecord, 'kind' | 'steps' | 'outputTokens'>;

/** A request as it arrives: its parts, and its body as it came. */
type Arrived = { parts: string[]; body: string };

/** Which facts a text has word for word, and which of them have an older form behind them. */
export function factsIn(body: string, facts: readonly Fact[]): Pick<Arrival, 'shown' | 'stale'> {
  const places = new Map(facts.map((fact) => [fact.id, body.lastIndexOf(fact.line)]));
  const olderOf = new Map(facts.map(({ id, replaces }) => [id, replaces]));
  const placeOf = (id: string) => places.get(id) ?? -1;
  const shown = facts.map(({ id }) => id).filter((id) => placeOf(id) >= 0);
  const isStale = (id: string): boolean => {
    for (let older = olderOf.get(id) ?? null; older !== null; older = olderOf.get(older) ?? null) {
      if (placeOf(older) > placeOf(id)) return true;
    }
    return false;
  };
  return { shown: new Set(shown), stale: new Set(shown.filter(isStale)) };
}

/** Compares each request of a session with those before. Refused ones are told by `refused`: no cache holds them. */
export function createComparison(facts: readonly Fact[], count: CountTokens) {
  const earlier: string[][] = [];
  let view: string[] = [];
  return {
    arrive({ parts, body }: Arrived, isSummary: boolean): Arrival {
      const inputTokens = tokensOf(parts, count);
      const most = earlier.reduce((best, one) => Math.max(best, commonParts(one, parts)), 0);
      const nearest = earlier.filter((one) => commonParts(one, parts) === most);
      const cachedTokens = nearest.reduce((best, one) => Math.max(best, commonTokens(one, parts, count)), 0);
      const sharedTokens = commonTokens(earlier.at(-1) ?? [], parts, count);
      const isContinued = commonParts(view, parts) === view.length;
      if (!isSummary) view = parts;
      earlier.push(parts);
      return { inputTokens, sharedTokens, cachedTokens, isContinued, ...factsIn(body, facts) };
    },
    /** The request that came last was refused. */
    refused(): void {
      earlier.pop();
    },
  };
}
