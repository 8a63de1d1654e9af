/** The parts of a page that look into trials: tasks by agents, error modes, and what parts of the agents did. Pure. */
import { ERROR_MODE_WORDS } from '../../error-modes.ts';
import type { Run } from '../../run-record.ts';
import { OUTCOMES, type TrialResult } from '../../trial-result.ts';
import { compactedTrials, editsByModel } from '../component-evals.ts';
import type { ReportData } from '../data.ts';
import { counted, NONE, NOT_RUN, OUTCOME_WORDS, percent } from '../words.ts';
import { type Html, html, type Value } from './markup.ts';
import { shareBar } from './plot.ts';
import { type Column, numbers, TABLE_END, table, tableRow, tableStart } from './table.ts';
import { trialId } from './trial.ts';

/** Rows in pieces, so that a large run is never one string. */
export function* matrix(run: Run, { agents, tasks }: ReportData): Generator<Html> {
  const attempts = Array.from({ length: run.record.attempts }, (_, index) => index + 1);
  const trials = new Map(run.results.map((result) => [key(result.agent, result.task, result.attempt), result]));
  const columns: Column[] = [
    { title: 'task', kind: 'text' },
    ...agents.map(({ name }): Column => ({ title: name, kind: 'cells' })),
  ];
  yield html`<section id="matrix"><h2>Tasks × agents</h2>
${LEGEND}
${tableStart('Tasks and agents', columns)}`;
  for (const { id, title, tags } of tasks) {
    yield tableRow(columns, [
      html`<code>${id}</code> ${title}<small>${tags.join(', ')}</small>`,
      ...agents.map(({ name }) => attempts.map((attempt) => cell(run, trials.get(key(name, id, attempt))))),
    ]);
  }
  yield html`${TABLE_END}</section>\n`;
}

const LEGEND = html`<p class="legend">${OUTCOMES.map((outcome) => {
  const { sign, words } = OUTCOME_WORDS[outcome];
  return html`<span><span class="outcome ${outcome}">${sign}</span> ${words}</span> `;
})}<span><span class="outcome">${NOT_RUN.sign}</span> ${NOT_RUN.words}</span></p>`;

function key(agent: string, task: string, attempt: number): string {
  return JSON.stringify([agent, task, attempt]);
}

function cell(run: Run, result: TrialResult | undefined): Html {
  if (result === undefined) return html`<span class="outcome" title="${NOT_RUN.words}">${NOT_RUN.sign}</span>`;
  const { sign, words } = OUTCOME_WORDS[result.outcome];
  const title = `${result.agent}, attempt ${result.attempt}: ${words}`;
  const to = trialId(run, result);
  return html`<a class="outcome ${result.outcome}" href="#${to}" title="${title}" aria-label="${title}">${sign}</a>`;
}

/** In how many trials of an agent each error mode shows. */
export function errorModes({ agents, trials }: ReportData): Html | null {
  const shown = agents.flatMap((agent) => {
    const of = trials.filter((trial) => trial.agent === agent.name && trial.errorModes !== null).length;
    return of === 0 ? [] : [{ ...agent, of }];
  });
  if (shown.length === 0) return null;
  const modes = shown[0]?.errorModes.map(({ mode }) => mode) ?? [];
  const columns: Column[] = [
    { title: 'in how many trials', kind: 'text' },
    ...shown.map(({ name, of }): Column => {
      const title = html`${name} <small>of ${counted(of, 'trial')}</small>`;
      return { title, kind: 'line' };
    }),
  ];
  const rows = modes.map((mode) => [
    ERROR_MODE_WORDS[mode],
    ...shown.map(({ errorModes: counts, of }): Value => {
      const { trials: seen = 0, count = 0 } = counts.find((entry) => entry.mode === mode) ?? {};
      const times = count > seen && html` <span class="note">(${count} times)</span>`;
      return html`${shareBar(seen / of, `${seen} of ${of} trials`)} ${seen}${times}`;
    }),
  ]);
  return html`<section id="error-modes"><h2>Error modes</h2>
${table('Error modes', columns, rows)}</section>\n`;
}

/** Edits, localisation and compactions. */
export function components({ agents, trials }: ReportData): Html | null {
  const parts = [editsPart(trials), filesPart(agents), compactedPart(agents, trials)].filter((part) => part !== null);
  if (parts.length === 0) return null;
  return html`<section id="components"><h2>Parts of the agents</h2>
<div class="columns">${parts}</div>
</section>\n`;
}

function editsPart(trials: readonly TrialResult[]): Html | null {
  const edits = editsByModel(trials);
  if (edits.length === 0) return null;
  const columns: Column[] = [
    { title: 'model', kind: 'line' },
    { title: 'tool', kind: 'line' },
    ...numbers('calls', 'applied'),
    { title: 'share', kind: 'line' },
  ];
  const rows = edits.map(({ model, tool, calls, applied }) => [
    model,
    html`<code>${tool}</code>`,
    calls,
    applied,
    calls === 0 ? NONE : html`${shareBar(applied / calls, `${applied} of ${calls}`)} ${percent(applied / calls)}`,
  ]);
  return html`<div><h3>Edits that applied</h3>${table('Edits that applied', columns, rows)}</div>`;
}

function filesPart(agents: ReportData['agents']): Html | null {
  const located = agents.flatMap(({ name, localisation }) =>
    localisation === null ? [] : [{ name, ...localisation }],
  );
  if (located.length === 0) return null;
  const columns: Column[] = [{ title: 'agent', kind: 'line' }, ...numbers('precision', 'recall', 'trials')];
  const rows = located.map(({ name, precision, recall, trials }) => [
    name,
    percent(precision),
    percent(recall),
    trials,
  ]);
  return html`<div><h3>Files that the solution changes</h3>${table('Files', columns, rows)}<p class="note">
Precision: of the files changed, how many the solution changes. Recall: of those, how many were changed.</p></div>`;
}

function compactedPart(agents: ReportData['agents'], trials: readonly TrialResult[]): Html | null {
  const compacted = compactedTrials(
    agents.map(({ name }) => name),
    trials,
  );
  if (compacted.length === 0) return null;
  const columns: Column[] = [{ title: 'agent', kind: 'line' }, ...numbers('trials', 'resolved', 'compactions')];
  const rows = compacted.map(({ agent, trials: of, resolved, compactions }) => [agent, of, resolved, compactions]);
  return html`<div><h3>Trials with a compaction</h3>${table('Compactions', columns, rows)}</div>`;
}
