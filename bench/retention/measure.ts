/** From a run's journal to its figures. docs/retention.md defines each. Pure. */
import type { Fact, FactKind } from './facts.ts';
import type { RequestRecord } from './journal.ts';

/** Dollars per million tokens: a stated price, so that strategies compare; no provider's offer. */
export const PRICE = { input: 3, cached: 0.3, output: 15 };

/** What a run's log says, beside its journal. `finished`: the last prompt was answered, with `answer`. */
export type RunEnd = {
  finished: boolean;
  exitCode: number | null;
  message: string;
  compactions: number;
  answer: string;
};

export type Measures = RunEnd & {
  facts: number;
  inView: number;
  reachable: number;
  /** The mean share in view, over the requests up to the last step, of the facts met until then. */
  meanInView: number;
  /** Word for word in the last answer. */
  written: number;
  byKind: Partial<Record<FactKind, { facts: number; inView: number; reachable: number }>>;
  constraints: number;
  constraintsIntact: number;
  repeatedSteps: number;
  requests: number;
  refused: number;
  summaries: number;
  recalls: number;
  inputTokens: number;
  /** Of `inputTokens`, those of the requests from the first `recall` on. */
  recallTokens: number;
  outputTokens: number;
  prefixReuse: number;
  costUsd: number;
  /** After each change of the view: the share of the facts shown until then that it still shows. */
  decay: number[];
};

const isRule = ({ kind }: Fact) => kind === 'constraint' || kind === 'correction';

/** After each compaction, the share of the facts met so far that the first request behind it shows. */
export function decayOf(records: readonly RequestRecord[], held: ReadonlySet<string>): number[] {
  const met = new Set<string>();
  const shares: number[] = [];
  for (const { kind, shown, isContinued } of records) {
    if (kind === 'recall') break;
    if (kind === 'refused') continue;
    const known = [...met].filter((id) => held.has(id));
    if (kind !== 'summary' && !isContinued && known.length > 0) {
      shares.push(known.filter((id) => shown.has(id)).length / known.length);
    }
    for (const id of shown) met.add(id);
  }
  return shares;
}

/** The mean over requests of the share in view of the facts met until then: no matter how long ago the last compaction was. */
export function meanInViewOf(records: readonly RequestRecord[], held: ReadonlySet<string>): number {
  const met = new Set<string>();
  let [sum, requests] = [0, 0];
  for (const { steps, shown } of records) {
    for (const id of shown) if (held.has(id)) met.add(id);
    if (steps.length === 0 || met.size === 0) continue;
    sum += [...met].filter((id) => shown.has(id)).length / met.size;
    requests += 1;
  }
  return requests === 0 ? 0 : sum / requests;
}

/** `facts` are those of the workload; replaced ones do not count, nor is it asked whether they are kept. */
export function measureRun(records: readonly RequestRecord[], facts: readonly Fact[], end: RunEnd): Measures {
  const served = records.filter(({ kind }) => kind !== 'refused');
  const sum = (of: (record: RequestRecord) => number) => served.reduce((total, record) => total + of(record), 0);
  // Behind the last step: what the agent knows when it has to say what it knows. Who does not come to that knows nothing.
  const last = end.finished ? served.findLastIndex(({ steps }) => steps.length > 0) : served.length;
  const closing = served.slice(last + 1).filter(({ kind }) => kind !== 'summary');
  const [first] = closing;
  const everShown = new Set(closing.flatMap(({ shown }) => [...shown]));
  const replaced = new Set(facts.map(({ replaces }) => replaces));
  const standing = facts.filter(({ id }) => !replaced.has(id));
  const isInView = ({ id }: Fact) => first?.shown.has(id) ?? false;
  const isReachable = ({ id }: Fact) => everShown.has(id);
  const counted = standing.filter((fact) => !isRule(fact));
  const rules = standing.filter(isRule);
  const kinds = [...new Set(standing.map(({ kind }) => kind))].map((kind) => {
    const own = standing.filter((fact) => fact.kind === kind);
    const counts = {
      facts: own.length,
      inView: own.filter(isInView).length,
      reachable: own.filter(isReachable).length,
    };
    return [kind, counts] as const;
  });
  const steps = served.flatMap((record) => record.steps);
  const firstRecall = served.findIndex(({ kind }) => kind === 'recall');
  const inputTokens = sum((record) => record.inputTokens);
  const cachedTokens = sum((record) => record.cachedTokens);
  const outputTokens = sum((record) => record.outputTokens);
  return {
    ...end,
    facts: counted.length,
    inView: counted.filter(isInView).length,
    reachable: counted.filter(isReachable).length,
    meanInView: meanInViewOf(served, new Set(counted.map(({ id }) => id))),
    written: end.finished ? counted.filter(({ line }) => end.answer.includes(line)).length : 0,
    byKind: Object.fromEntries(kinds),
    constraints: rules.length,
    constraintsIntact: rules.filter((fact) => isInView(fact) && !first?.stale.has(fact.id)).length,
    repeatedSteps: steps.length - new Set(steps).size,
    requests: records.length,
    refused: records.length - served.length,
    summaries: served.filter(({ kind }) => kind === 'summary').length,
    recalls: served.filter(({ kind }) => kind === 'recall').length,
    inputTokens,
    recallTokens:
      firstRecall === -1 ? 0 : served.slice(firstRecall + 1).reduce((total, one) => total + one.inputTokens, 0),
    outputTokens,
    prefixReuse: inputTokens === 0 ? 0 : sum((record) => record.sharedTokens) / inputTokens,
    costUsd:
      ((inputTokens - cachedTokens) * PRICE.input + cachedTokens * PRICE.cached + outputTokens * PRICE.output) / 1e6,
    decay: decayOf(served, new Set(counted.map(({ id }) => id))),
  };
}
