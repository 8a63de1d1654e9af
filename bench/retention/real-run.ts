/** A session with a real model, over the user's key, in the Docker sandbox; measured as the deterministic model is. */
import { rmSync } from 'node:fs';
import { protocolOf, viewOf } from '../../test/model-request.ts';
import { type Fact, factLineIn } from './facts.ts';
import { createComparison, type RequestRecord } from './journal.ts';
import { type Measures, measureRun } from './measure.ts';
import { type Passed, startProxy } from './proxy.ts';
import { endOf, eventsOf, type LoggedEvent, partsSaid, playSession, type RunOptions, textOf } from './run.ts';
import type { CountTokens } from './summariser.ts';
import { partsOf } from './tokens.ts';
import { workloadOf } from './workload.ts';

/** The variable that names a provider's address, and the address without it. */
const UPSTREAMS: Readonly<Record<string, { variable: string; url: string }>> = {
  anthropic: { variable: 'ANTHROPIC_BASE_URL', url: 'https://api.anthropic.com' },
  openai: { variable: 'OPENAI_BASE_URL', url: 'https://api.openai.com/v1' },
  'openai-chat': { variable: 'OPENAI_BASE_URL', url: 'https://api.openai.com/v1' },
};

/** The workload's facts, with the decisions that this model has stated in the place of the scripted ones. */
export function factsOfSession(facts: readonly Fact[], events: readonly LoggedEvent[]): Fact[] {
  const said = events.filter(({ type }) => type === 'model.responded').flatMap((event) => textOf(event).split('\n'));
  const lines = said.flatMap((line) => factLineIn(line) ?? []);
  return facts.flatMap((fact) => {
    if (fact.kind !== 'decision') return [fact];
    const line = lines.find((one) => one.startsWith(`DECISION ${fact.id}:`));
    return line === undefined ? [] : [{ ...fact, line }];
  });
}

type Answered = { kind: RequestRecord['kind']; steps: number[] };

function answerOf(event: LoggedEvent): Answered {
  const calls = partsSaid(event).filter(({ type }) => type === 'tool_call');
  const asked = calls.filter(({ name }) => name !== 'recall').map((call) => String(call.arguments));
  const named = asked.flatMap((text) =>
    [...text.matchAll(/\b(?:part|check)-(\d{3})\b/g)].map((match) => Number(match[1])),
  );
  const steps = [...new Set(named)];
  if (calls.length === 0) return { kind: 'answer', steps };
  return { kind: calls.every(({ name }) => name === 'recall') ? 'recall' : 'step', steps };
}

/** The journal of a session from what went through the proxy and what the log says was answered. */
export function recordsOf(
  passed: readonly Passed[],
  events: readonly LoggedEvent[],
  facts: readonly Fact[],
  count: CountTokens,
): RequestRecord[] {
  const comparison = createComparison(facts, count);
  const answers = events.filter(({ type }) => type === 'model.responded');
  const records = passed.map(({ path, body, status }): RequestRecord => {
    const raw = JSON.parse(body) as Record<string, unknown>;
    // The proxy's base has what stands before the protocol's own path.
    const protocol = protocolOf(path.startsWith('/v1') ? path : `/v1${path}`) ?? 'chat';
    const isSummary = viewOf(protocol, raw).lastUserText.startsWith('[compaction]');
    const arrival = comparison.arrive({ parts: partsOf(raw), body }, isSummary);
    if (status !== 200) {
      comparison.refused();
      return { ...arrival, kind: 'refused', steps: [], outputTokens: 0 };
    }
    if (isSummary) return { ...arrival, kind: 'summary', steps: [], outputTokens: 0 };
    const event = answers.shift();
    if (event === undefined) throw new Error('a request was answered that the log knows nothing of: a cut stream?');
    return { ...arrival, ...answerOf(event), outputTokens: count(JSON.stringify(partsSaid(event))) };
  });
  if (answers.length > 0) throw new Error(`${answers.length} answers in the log came through no request`);
  return records;
}

/** `model` is PROVIDER:NAME. Its context window is set to `window`, so that it is compacted there. */
export async function realRun(model: string, options: RunOptions): Promise<Measures> {
  const upstream = UPSTREAMS[model.split(/[:/]/)[0] ?? ''];
  if (upstream === undefined) throw new Error(`${model}: the provider is one of ${Object.keys(UPSTREAMS).join(', ')}`);
  const { entry, window, strategy, seed, count } = options;
  const workload = workloadOf(options.workload, seed, window);
  const proxy = await startProxy(process.env[upstream.variable] ?? upstream.url);
  const bounds = ['--context-window', String(window), '--max-turns', String(workload.steps.length * 3)];
  const args = ['--model', model, ...bounds, '--compaction', strategy];
  const env = { ...process.env, [upstream.variable]: proxy.url };
  const session = await playSession({ entry, workload, env, args });
  await proxy.close();
  const events = eventsOf(session.sessionDir);
  const facts = factsOfSession(workload.facts, events);
  const records = recordsOf(proxy.passed, events, facts, count);
  const measures = measureRun(records, facts, endOf(session, records));
  if (options.keep) options.keep(session.sessionDir);
  else rmSync(session.state, { recursive: true });
  return measures;
}
