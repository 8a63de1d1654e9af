/**
 * The deterministic model: it decides from what a request shows, and takes a step again when the request no longer shows
 * that it or a later one was taken. docs/retention.md has its rules.
 */
import type { ScriptedCall, ScriptedRequest, ScriptedTurn } from '../../test/model-server.ts';
import { subjectOf } from './facts.ts';
import { type CountTokens, factLines, summarise } from './summariser.ts';
import { lastStepAsked, lastStepShown, type Shown, shownBy, toolsOf } from './view.ts';
import { padded, type Step, type Workload } from './workload.ts';

export type ReplyKind = 'step' | 'recall' | 'summary' | 'answer' | 'lost';

/** What the model does, and for the journal what kind of act that is; `steps` are the numbers of the steps it takes. */
export type Reply = { kind: ReplyKind; steps: number[]; turn: ScriptedTurn };

/** How many subjects one call of `recall` asks for. */
const RECALLED_AT_ONCE = 12;
/** A subject is asked for in company, and once more alone. */
const MOST_RECALLS = 2;

function callOf(step: Step): ScriptedCall {
  return step.kind === 'read'
    ? { name: 'read_file', arguments: { path: `parts/${step.id}.txt` } }
    : { name: 'shell', arguments: { command: `sh checks/${step.id}.sh` } };
}

/** Makes the model for one session. It remembers two things by itself: what it asked `recall` for, and what it got. */
export function createAgentModel(workload: Workload, countTokens: CountTokens): (request: ScriptedRequest) => Reply {
  const subjects = [...new Set(workload.facts.map(({ line }) => subjectOf(line)))];
  const asked = new Map<string, number>();
  const had = new Set<string>();
  let paging: ScriptedCall | null = null;

  function recall(shown: readonly Shown[]): ScriptedCall | null {
    for (const line of factLines(shown)) had.add(subjectOf(line));
    const more = /\bgo on with offset (\d+)\b/.exec(shown.findLast(({ kind }) => kind === 'result')?.text ?? '')?.[1];
    if (paging !== null && more !== undefined && typeof paging.arguments !== 'string') {
      paging = { name: 'recall', arguments: { ...paging.arguments, offset: Number(more) } };
      return paging;
    }
    paging = null;
    const missing = subjects.filter((one) => !had.has(one) && (asked.get(one) ?? 0) < MOST_RECALLS);
    if (missing.length === 0) return null;
    const isFirst = (one: string) => !asked.has(one);
    const batch = missing.some(isFirst) ? missing.filter(isFirst).slice(0, RECALLED_AT_ONCE) : missing.slice(0, 1);
    for (const one of batch) asked.set(one, (asked.get(one) ?? 0) + 1);
    paging = { name: 'recall', arguments: { pattern: `(${batch.join('|')})(, corrected)?: ` } };
    return paging;
  }

  function closing(request: ScriptedRequest, shown: readonly Shown[]): Reply {
    const call = toolsOf(request).includes('recall') ? recall(shown) : null;
    if (call !== null) return { kind: 'recall', steps: [], turn: { toolCalls: [call] } };
    return { kind: 'answer', steps: [], turn: { text: factLines(shown).join('\n') || 'I know nothing.' } };
  }

  return (request) => {
    const shown = shownBy(request);
    const { lastUserText } = request;
    if (lastUserText.startsWith('[compaction]')) {
      return { kind: 'summary', steps: [], turn: { text: summarise(shown.slice(0, -1), lastUserText, countTokens) } };
    }
    const [done, last] = [lastStepShown(shown), lastStepAsked(shown)];
    if (last === 0) return { kind: 'lost', steps: [], turn: { text: 'I do not know the task.\nTASK NOT DONE' } };
    const step = done < last ? workload.steps[done] : undefined;
    if (step !== undefined) {
      const text = step.decision === null ? {} : { text: step.decision.line };
      return { kind: 'step', steps: [step.number], turn: { ...text, toolCalls: [callOf(step)] } };
    }
    if (last === workload.steps.length) return closing(request, shown);
    return { kind: 'answer', steps: [], turn: { text: `Steps 001 to ${padded(last)} are done.` } };
  };
}
