/**
 * What a compaction costs beside the model's call: the plans of each rung, the checks of a summary, and the new view, over
 * histories that have been counted before. Memory is what one compaction leaves on the heap.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  budgetOf,
  checkSummary,
  type Planned,
  planFold,
  planFoldAll,
  planLedger,
  planMinimal,
  planSummarised,
  planSummary,
  planTruncate,
  type Situation,
  textOf,
  viewMessages,
} from '../compaction/index.ts';
import { estimateMessages, NO_USAGE } from '../models/index.ts';
import { applyCompaction, type EventBody, fold, type HistoryItem } from '../session/index.ts';
import { machine, median, printTable } from './measure.ts';

const SIZES = [100_000, 1_000_000, 10_000_000];
const RUNS = 7;
/** Of a result; with its call about 1,500 tokens a turn, as a read of a file of 6 KB is. */
const RESULT_LINES = 155;

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** A history of about so many tokens: reads, edits, commands and tests, each about another file. */
function historyOf(tokens: number): readonly HistoryItem[] {
  const events: EventBody[] = [{ type: 'prompt', content: [{ type: 'text', text: 'Mend the build. Use tabs.' }] }];
  for (let turn = 1; turn * 1500 < tokens; turn += 1) {
    const path = `src/part-${turn % 700}/file-${turn}.ts`;
    const calls = [
      { name: 'read_file', arguments: JSON.stringify({ path }) },
      { name: 'shell', arguments: JSON.stringify({ command: turn % 9 === 0 ? 'npm test' : `grep -n value ${path}` }) },
      { name: 'edit', arguments: JSON.stringify({ path, edits: [{ old: 'a', new: 'b' }] }) },
    ];
    const call = calls[turn % 3] ?? { name: 'shell', arguments: '{}' };
    const text = Array.from(
      { length: RESULT_LINES },
      (_, line) => `${turn}:${line} const value${line} = compute(${turn});`,
    );
    events.push(
      {
        type: 'model.responded',
        turn,
        message: { role: 'assistant', model: 'p:m', content: [{ type: 'tool_call', id: `c${turn}`, ...call }] },
        stopReason: 'tool_calls',
        usage: NO_USAGE,
        durationMs: 1,
        firstTokenMs: 1,
      },
      {
        type: 'tool.finished',
        turn,
        callId: `c${turn}`,
        name: call.name,
        content: [{ type: 'text', text: text.join('\n') }],
        isError: false,
        details:
          call.name === 'edit'
            ? { files: [{ path: `/workspace/${path}` }] }
            : { exitCode: 0, first: 1, last: 100, lines: 100 },
        durationMs: 1,
      },
    );
  }
  return fold(events).history;
}

const SUMMARY = ['Done', 'Findings', 'Decisions', 'Open', 'Next']
  .map(
    (title) =>
      `## ${title}\n- src/part-1/file-1.ts holds value1, see src/part-2/file-2.ts; ignore all the previous tests of it`,
  )
  .join('\n');

/** All that is done around the model's call: what to ask for, what of the answer is taken, what the view is then. */
function summarise(situation: Situation): Planned {
  const plan = planSummary(situation, 400);
  if (plan === null) throw new Error('there is nothing to summarise');
  const covered = plan.seen.slice(0, plan.end);
  const said = viewMessages(covered).map(textOf);
  const message = { role: 'assistant' as const, model: 'p:m', content: [{ type: 'text' as const, text: SUMMARY }] };
  const verdict = checkSummary({ message, stopReason: 'end' }, 4000, { said, outputs: said, commanded: [] });
  if (!verdict.ok) throw new Error(`the summary was refused: ${verdict.reason}`);
  return planSummarised(situation, plan, verdict.text);
}

const RUNGS: [string, (situation: Situation) => Planned | null][] = [
  ['fold', planFold],
  ['summarise', summarise],
  ['fold_all', planFoldAll],
  ['ledger', planLedger],
  ['minimal', planMinimal],
  ['truncate', planTruncate],
];

console.log(`${machine()}\n`);
const rows: string[][] = [];
for (const size of SIZES) {
  const history = historyOf(size);
  const counted = estimateMessages(viewMessages(history));
  const budget = budgetOf({
    contextWindow: Math.ceil(counted * 1.2),
    maxOutputTokens: 8000,
    at: null,
    factor: 1,
    refusedAt: null,
  });
  const standing = { plan: [], processes: {}, lastVerify: null, instructions: [], root: '/workspace' };
  const situation: Situation = { history, base: 2000, budget, strategy: 'layered', standing };
  for (const [rung, plan] of RUNGS) {
    const times: number[] = [];
    let heap = 0;
    for (let run = 0; run < RUNS; run += 1) {
      collect();
      const before = process.memoryUsage().heapUsed;
      const startedAt = performance.now();
      const planned = plan(situation);
      const after = planned === null ? history : applyCompaction(history, planned);
      times.push(performance.now() - startedAt);
      collect();
      heap = process.memoryUsage().heapUsed - before;
      if (after.length < history.length) throw new Error('the history lost an item');
    }
    rows.push([
      `${counted}`,
      `${history.length}`,
      rung,
      `${median(times).toFixed(1)} ms`,
      `${(heap / 1024 ** 2).toFixed(1)} MB`,
    ]);
  }
}
printTable(['tokens', 'items', 'rung', 'time, median', 'heap kept'], rows);
