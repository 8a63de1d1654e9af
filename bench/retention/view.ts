/** What a Chat Completions request shows the model, in its order. Pure. */
import { isRecord, type ScriptedRequest } from '../../test/model-request.ts';

/** `call` is what was asked (name and arguments), `result` what came back. Neither the system prompt nor tools are in it. */
export type Shown = { kind: 'user' | 'assistant' | 'call' | 'result'; text: string };

/** Reads the messages of a request. A call without a result is left out: it has not been carried out yet. */
export function shownBy({ raw, toolResults }: ScriptedRequest): Shown[] {
  const answered = new Set(toolResults.map(({ callId }) => callId));
  const messages = Array.isArray(raw.messages) ? raw.messages.filter(isRecord) : [];
  return messages.flatMap(({ role, content, tool_calls: calls }): Shown[] => {
    const text = typeof content === 'string' ? content : '';
    if (role === 'user') return [{ kind: 'user', text }];
    if (role === 'tool') return [{ kind: 'result', text }];
    if (role !== 'assistant') return [];
    const made = (Array.isArray(calls) ? calls.filter(isRecord) : []).filter(({ id }) => answered.has(String(id)));
    return [
      { kind: 'assistant', text },
      ...made.map(({ function: called }): Shown => ({ kind: 'call', text: JSON.stringify(called) })),
    ];
  });
}

/** The names of a request's tools. */
export function toolsOf({ raw }: ScriptedRequest): string[] {
  const tools = Array.isArray(raw.tools) ? raw.tools.filter(isRecord) : [];
  return tools.map((tool) => (isRecord(tool.function) ? String(tool.function.name) : ''));
}

const largest = (numbers: readonly number[]): number => numbers.reduce((most, number) => Math.max(most, number), 0);

/**
 * The last step that a request shows as taken: by a call with its result, or by name in what the user's side says (a
 * handoff), or where the agent says that steps are done. 0: none.
 */
export function lastStepShown(shown: readonly Shown[]): number {
  const told = shown
    .filter(({ kind }) => kind !== 'result')
    .flatMap(({ text }) => [
      ...text.matchAll(/\b(?:part|check)-(\d{3})\b/g),
      ...text.matchAll(/\bSteps 001 to (\d{3}) are done\b/g),
    ]);
  return largest(told.map((match) => Number(match[1])));
}

/** The last step that a request asks for; 0: it shows no task. */
export function lastStepAsked(shown: readonly Shown[]): number {
  const asked = shown
    .filter(({ kind }) => kind === 'user')
    .flatMap(({ text }) => [...text.matchAll(/\bTake steps \d{3} to (\d{3})\b/g)]);
  return largest(asked.map((match) => Number(match[1])));
}
