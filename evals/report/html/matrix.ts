/** The parts of a page that look into trials: tasks by agents, error modes, and what parts of the agents did. Pure. */
import { ERROR_MODE_WORDS } from '../../error-modes.ts';
import type { Run } from '../../run-record.ts';
import { OUTCOMES, type TrialResult } from '../../trial-result.ts';
import { compactedTrials, editsByModel } from '../component-evals.ts';
import type { ReportData } from '../data.ts';
import { counted, NONE, NOT_RUN, OUTCOME_WORDS, percent } from '../words.ts';
import { type Html, html } from './markup.ts';
import { shareBar } from './plot.ts';
import { trialId } from './trial.ts';

/** Rows in pieces, so that a large run is never one string. */
export function* matrix(run: Run, { agents, tasks }: ReportData): Generator<Html> {
  const attempts = Array.from({ length: run.record.attempts }, (_, index) => index + 1);
  const trials = new Map(run.results.map((result) => [key(result.agent, result.task, result.attempt), result]));
  yield html`<section id="matrix"><h2>Tasks × agents</h2>
<p class="legend">${OUTCOMES.map((outcome) => html`<span><span class="outcome ${outcome}">${OUTCOME_WORDS[outcome].sign}</span> ${OUTCOME_WORDS[outcome].words}</span> `)}<span><span class="outcome">${NOT_RUN.sign}</span> ${NOT_RUN.words}</span></p>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>task</th>${agents.map(({ name }) => html`<th>${name}</th>`)}</tr></thead>
<tbody>\n`;
  for (const { id, title, tags } of tasks) {
    yield html`<tr><th scope="row"><code>${id}</code> ${title}<small>${tags.join(', ')}</small></th>${agents.map(
      ({ name }) =>
        html`<td class="cells">${attempts.map((attempt) => cell(run, trials.get(key(name, id, attempt))))}</td>`,
    )}</tr>\n`;
  }
  yield html`</tbody></table></div>
</section>\n`;
}

function key(agent: string, task: string, attempt: number): string {
  return JSON.stringify([agent, task, attempt]);
}

function cell(run: Run, result: TrialResult | undefined): Html {
  if (result === undefined) return html`<span class="outcome" title="${NOT_RUN.words}">${NOT_RUN.sign}</span>`;
  const { sign, words } = OUTCOME_WORDS[result.outcome];
  const title = `${result.agent}, attempt ${result.attempt}: ${words}`;
  return html`<a class="outcome ${result.outcome}" href="#${trialId(run, result)}" title="${title}" aria-label="${title}">${sign}</a>`;
}

/** In how many trials of an agent each error mode shows. */
export function errorModes({ agents, trials }: ReportData): Html | null {
  const shown = agents.flatMap((agent) => {
    const of = trials.filter(({ agent: name, errorModes }) => name === agent.name && errorModes !== null).length;
    return of === 0 ? [] : [{ ...agent, of }];
  });
  if (shown.length === 0) return null;
  const modes = shown[0]?.errorModes.map(({ mode }) => mode) ?? [];
  return html`<section id="error-modes"><h2>Error modes</h2>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>in how many trials</th>${shown.map(({ name, of }) => html`<th>${name} <small>of ${counted(of, 'trial')}</small></th>`)}</tr></thead>
<tbody>
${modes.map(
  (mode) =>
    html`<tr><th scope="row">${ERROR_MODE_WORDS[mode]}</th>${shown.map(({ errorModes: counts, of }) => {
      const { trials: seen = 0, count = 0 } = counts.find((entry) => entry.mode === mode) ?? {};
      return html`<td class="rate">${shareBar(seen / of, `${seen} of ${of} trials`)} ${seen}${count > seen && html` <small>${count} times</small>`}</td>`;
    })}</tr>\n`,
)}</tbody></table></div>
</section>\n`;
}

/** Edits, localisation and compactions. */
export function components({ agents, trials }: ReportData): Html | null {
  const edits = editsByModel(trials);
  const located = agents.flatMap(({ name, localisation }) =>
    localisation === null ? [] : [{ name, ...localisation }],
  );
  const compacted = compactedTrials(
    agents.map(({ name }) => name),
    trials,
  );
  if (edits.length + located.length + compacted.length === 0) return null;
  return html`<section id="components"><h2>Parts of the agents</h2>
<div class="columns">
${
  edits.length > 0 &&
  html`<div><h3>Edits that applied</h3><table><thead><tr><th>model</th><th>tool</th><th class="n">calls</th><th class="n">applied</th><th></th></tr></thead><tbody>
${edits.map(({ model, tool, calls, applied }) => html`<tr><th scope="row">${model}</th><td><code>${tool}</code></td><td class="n">${calls}</td><td class="n">${applied}</td><td class="rate">${calls > 0 && shareBar(applied / calls, `${applied} of ${calls}`)} ${calls === 0 ? NONE : percent(applied / calls)}</td></tr>\n`)}</tbody></table></div>`
}
${
  located.length > 0 &&
  html`<div><h3>Files that the solution changes</h3><table><thead><tr><th>agent</th><th class="n">precision</th><th class="n">recall</th><th class="n">trials</th></tr></thead><tbody>
${located.map(({ name, precision, recall, trials: of }) => html`<tr><th scope="row">${name}</th><td class="n">${percent(precision)}</td><td class="n">${percent(recall)}</td><td class="n">${of}</td></tr>\n`)}</tbody></table><p class="note">Precision: of the files changed, how many the solution changes. Recall: of those, how many were changed.</p></div>`
}
${
  compacted.length > 0 &&
  html`<div><h3>Trials with a compaction</h3><table><thead><tr><th>agent</th><th class="n">trials</th><th class="n">resolved</th><th class="n">compactions</th></tr></thead><tbody>
${compacted.map(({ agent, trials: of, resolved, compactions }) => html`<tr><th scope="row">${agent}</th><td class="n">${of}</td><td class="n">${resolved}</td><td class="n">${compactions}</td></tr>\n`)}</tbody></table></div>`
}
</div>
</section>\n`;
}
