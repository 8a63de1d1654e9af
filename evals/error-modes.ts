/** What went wrong in a conversation, counted from its log. Pure; every rule is by what the log says, never by a model's opinion. */
import type { SessionEvent } from '../session/index.ts';

/** In the order in which they are shown. */
export const ERROR_MODES = [
  'unknown_tool',
  'invalid_arguments',
  'invented_path',
  'edit_did_not_apply',
  'call_repeated',
  'no_test_run',
  'success_after_failure',
  'limit_hit',
  'context_lost',
  'hunted_for_answer',
] as const;
export type ErrorMode = (typeof ERROR_MODES)[number];
export type ErrorModes = Record<ErrorMode, number>;

/** Each mode in words. */
export const ERROR_MODE_WORDS: Readonly<Record<ErrorMode, string>> = {
  unknown_tool: 'called a tool that does not exist',
  invalid_arguments: 'arguments that fail the schema',
  invented_path: 'a path that does not exist',
  edit_did_not_apply: 'an edit that did not apply',
  call_repeated: 'the same call again at once',
  no_test_run: 'no test was ever run',
  success_after_failure: 'ended as done though the last tests failed',
  limit_hit: 'a limit ended the run',
  context_lost: 'read a file again after a compaction',
  hunted_for_answer: 'looked for the answer in history or on the network',
};

/** Commands that run tests: the usual runners, and scripts whose name says so. */
const RUNS_TESTS =
  /\b(pytest|unittest|node\s+(?:\S+\s+)*--test\b|npm\s+(?:run\s+)?t(?:est)?\b|(?:yarn|pnpm)\s+(?:run\s+)?test\b|vitest|jest|mocha|go\s+test|cargo\s+test|tox|ctest|make\s+(?:test|check)|bats)\b|\btests?\/\S*\.sh\b|\btests?\S*\.tap\S*|\brun-?tests?\b/;
/** Commands that look for what nobody has told: other commits, or somebody else's copy. */
const HUNTS =
  /\bgit\s+(?:-\S+\s+)*(?:reflog|fetch|pull|clone|ls-remote|fsck|log\s+(?:\S+\s+)*--all|rev-list\s+(?:\S+\s+)*--all|show-ref|cat-file\s+--batch-all-objects)\b|\b(?:curl|wget)\s|\bpip3?\s+(?:download|install)\b|\bnpm\s+(?:view|pack|install|i)\b/;

const EDITS = new Set(['apply_patch', 'edit']);

/** Counts what went wrong in one session. */
export function countErrorModes(events: readonly SessionEvent[]): ErrorModes {
  const modes: ErrorModes = Object.fromEntries(ERROR_MODES.map((mode) => [mode, 0])) as ErrorModes;
  const calls = new Map<string, { text: string; args: Record<string, unknown> }>();
  const readBefore = new Set<string>();
  const readSince = new Set<string>();
  let previous = '';
  let lastTest: number | null = null;
  let tested = false;
  for (const event of events) {
    switch (event.type) {
      case 'model.responded':
        for (const part of event.message.content) {
          if (part.type !== 'tool_call') continue;
          const text = JSON.stringify([part.name, part.arguments]);
          calls.set(part.id, { text, args: argumentsOf(part.arguments) });
        }
        break;
      case 'compaction.finished':
        for (const path of readSince) readBefore.add(path);
        readSince.clear();
        break;
      case 'network.connection':
        if (event.verdict === 'denied') modes.hunted_for_answer += 1;
        break;
      case 'tool.finished': {
        const call = calls.get(event.callId);
        const { error, exitCode } = event.details;
        if (error === 'unknown_tool') modes.unknown_tool += 1;
        if (error === 'invalid_arguments' || error === 'invalid_json') modes.invalid_arguments += 1;
        if (error === 'not_found') modes.invented_path += 1;
        if (event.isError && EDITS.has(event.name) && error === undefined) modes.edit_did_not_apply += 1;
        if (call === undefined) break;
        if (call.text === previous) modes.call_repeated += 1;
        previous = call.text;
        const { path, command } = call.args;
        if (event.name === 'read_file' && typeof path === 'string' && !event.isError) {
          if (readBefore.has(path)) modes.context_lost += 1;
          readSince.add(path);
        }
        if (typeof command === 'string') {
          if (HUNTS.test(command)) modes.hunted_for_answer += 1;
          if (RUNS_TESTS.test(command)) {
            tested = true;
            if (typeof exitCode === 'number') lastTest = exitCode;
          }
        }
        break;
      }
      case 'run.finished':
        if (event.outcome === 'limit') modes.limit_hit += 1;
        if (event.outcome === 'completed' && lastTest !== null && lastTest !== 0) modes.success_after_failure += 1;
        break;
    }
  }
  if (!tested) modes.no_test_run = 1;
  return modes;
}

/** The calls of the tools that change files, by tool, and how many of them did. */
export function countEdits(events: readonly SessionEvent[]): Record<string, { calls: number; applied: number }> {
  const edits: Record<string, { calls: number; applied: number }> = {};
  for (const event of events) {
    if (event.type !== 'tool.finished' || !EDITS.has(event.name)) continue;
    const counted = edits[event.name] ?? { calls: 0, applied: 0 };
    edits[event.name] = counted;
    counted.calls += 1;
    if (!event.isError) counted.applied += 1;
  }
  return edits;
}

/** Empty where they are no object: then the call has failed, and its result says so. */
function argumentsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
