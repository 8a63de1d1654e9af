/** The parts of a page that say how a run came out. Pure. */
import type { Run } from '../../run-record.ts';
import { isCounted, type ReportData } from '../data.ts';
import {
  cacheShare,
  counted,
  detectable,
  dollars,
  duration,
  fraction,
  INTERVAL_WORDS,
  NONE,
  percent,
  points,
  probability,
  rateWithInterval,
  shortCount,
} from '../words.ts';
import { type Html, html } from './markup.ts';
import { costPlot, intervalBar } from './plot.ts';

/** What was run, when, by which version, and what is not in the figures. */
export function header({ run, tasks, agents, minimumDetectable, missing, left, trials }: ReportData): Html {
  const uncounted = trials.filter((trial) => !isCounted(trial)).length;
  return html`<header>
<h1>${run.suite}</h1>
<p>${counted(tasks.length, 'task')} × ${counted(run.attempts, 'attempt')} × ${counted(agents.length, 'agent')} · begun <time datetime="${run.startedAt}">${run.startedAt.replace('T', ' ').replace(/\..*/, ' UTC')}</time> · Drydock ${run.drydockVersion}</p>
<p>${detectable(minimumDetectable)}</p>
${missing > 0 && html`<p class="warning">${counted(missing, 'trial')} of ${trials.length + missing} have not been run: the figures are of the others.</p>`}
${uncounted > 0 && html`<p class="warning">${counted(uncounted, 'trial')} failed by infrastructure or for an invalid task: they are in “of all”, and in no rate.</p>`}
${left.length > 0 && html`<details open class="warning"><summary>${counted(left.length, 'task')} of the suite ${left.length === 1 ? 'was' : 'were'} not run</summary><ul>${left.map(({ id, problem }) => html`<li><code>${id}</code>: ${problem}</li>`)}</ul></details>`}
</header>\n`;
}

/** A row for each agent. */
export function agentsTable({ agents }: ReportData): Html {
  const most = Math.max(0, ...agents.map(({ passAtK }) => passAtK.length));
  const ks = Array.from({ length: most }, (_, index) => index + 1).slice(1);
  const methods = [
    ...new Set(agents.flatMap(({ success }) => (success === null ? [] : [INTERVAL_WORDS[success.method]]))),
  ];
  return html`<section id="agents"><h2>Agents</h2>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>agent</th><th class="n">resolved of counted</th><th class="n">of all</th><th>rate, with its 95 % interval</th>${ks.map((k) => html`<th class="n">pass@${k}</th><th class="n">pass^${k}</th>`)}<th class="n">cost</th><th class="n">each resolved</th><th class="n">tokens</th><th class="n">from cache</th><th class="n">time</th><th class="n">turns</th></tr></thead>
<tbody>
${agents.map(
  ({
    name,
    models,
    kind,
    ofCounted,
    ofAll,
    success,
    passAtK,
    passHatK,
    costUsd,
    costPerResolved,
    tokens,
    seconds,
    turns,
  }) => {
    const oracle = kind === 'oracle';
    const share = cacheShare(tokens);
    const cell = (text: string) => html`<td class="n">${oracle ? NONE : text}</td>`;
    return html`<tr><th scope="row">${name}<small>${oracle ? 'stands in for an agent' : models.join(', ')}</small></th><td class="n">${fraction(ofCounted)}</td><td class="n">${fraction(ofAll)}</td><td class="rate">${success !== null && intervalBar(success, 0, 1)} ${rateWithInterval(success)}</td>${ks.map((k) => html`<td class="n">${rate(passAtK[k - 1])}</td><td class="n">${rate(passHatK[k - 1])}</td>`)}${cell(dollars(costUsd))}${cell(dollars(costPerResolved))}${cell(shortCount(tokens.input + tokens.output))}${cell(share === null ? NONE : percent(share))}${cell(duration(seconds * 1000))}${cell(String(turns))}</tr>\n`;
  },
)}</tbody></table></div>
<p class="note">The rate is the mean over tasks of the share of counted attempts that resolved them.${methods.length > 0 && ` Its interval: ${methods.join('; ')}.`}${ks.length > 0 && ' pass@k: at least one of k attempts resolves a task; pass^k: all of them do.'}</p>
</section>\n`;
}

function rate(value: number | undefined): string {
  return value === undefined ? NONE : percent(value);
}

/** A row for each pair of agents. */
export function comparisonsTable({ comparisons }: ReportData): Html | null {
  if (comparisons.length === 0) return null;
  const better = (name: string, tasks: readonly string[]) =>
    html`<details><summary>${name}: ${tasks.length}</summary>${tasks.length === 0 ? 'none' : tasks.map((task, index) => html`${index > 0 && ', '}<code>${task}</code>`)}</details>`;
  return html`<section id="comparisons"><h2>Comparisons</h2>
<div class="scroll" tabindex="0"><table>
<thead><tr><th>agents</th><th>difference in points, with its 95 % interval</th><th class="n">p</th><th class="n">corrected</th><th>says</th><th class="n">tasks</th><th>better at</th><th>test</th></tr></thead>
<tbody>
${comparisons.map(({ first, second, difference, p, pCorrected, tasks, method, firstBetter, secondBetter }) => html`<tr><th scope="row">${second} against ${first}</th><td class="rate">${intervalBar(difference, -1, 1)} ${points(difference.mean)} (${points(difference.low)} to ${points(difference.high)})</td><td class="n">${probability(p)}</td><td class="n">${probability(pCorrected)}</td><td>${verdict(difference.mean, pCorrected, first, second)}</td><td class="n">${tasks}</td><td>${better(first, firstBetter)}${better(second, secondBetter)}</td><td>${method}</td></tr>\n`)}</tbody></table></div>
<p class="note">On the tasks that both have counted trials of. p: how likely so large a difference is where there is none; corrected by Holm for all ${counted(comparisons.length, 'comparison')} here. Interval: ${[...new Set(comparisons.map(({ difference }) => INTERVAL_WORDS[difference.method]))].join('; ')}.</p>
</section>\n`;
}

function verdict(difference: number, p: number, first: string, second: string): Html {
  if (p >= 0.05) return html`no difference shown`;
  return html`<b>${difference > 0 ? second : first} is better</b>`;
}

/** Cost against success. */
export function costSection({ agents, pareto, missing }: ReportData): Html {
  const points = agents.flatMap(({ name, costUsd, success }) =>
    costUsd === null || success === null ? [] : [{ name, cost: costUsd, success, front: pareto.includes(name) }],
  );
  const without = agents.filter(({ name, kind }) => kind !== 'oracle' && !points.some((point) => point.name === name));
  return html`<section id="cost"><h2>Cost and success</h2>
${costPlot(points) ?? html`<p>No cost is known.</p>`}
${points.length > 0 && html`<p class="note">Filled and joined: no other agent is both at most as dear and at least as successful. ${pareto.join(', ')}. Lines: 95 % intervals of the rates.${missing > 0 && ' Agents have unequally many trials so far, so their costs are not of the same work.'}</p>`}
${without.length > 0 && html`<p class="note">Of no known price: ${without.map(({ name }) => name).join(', ')}.</p>`}
</section>\n`;
}

/** What each configuration sets; values are settings, which hold no keys. */
export function configurations({ record }: Run): Html | null {
  const agents = record.agents.flatMap(({ name, digest, values }) =>
    values === undefined ? [] : [{ name, digest, values }],
  );
  if (agents.length === 0) return null;
  return html`<section id="configurations"><h2>Configurations</h2>
${agents.map(({ name, digest, values }) => html`<details><summary>${name} <small>${digest.slice(0, 12)}</small></summary><pre tabindex="0">${JSON.stringify(values, null, 2)}</pre></details>`)}
</section>\n`;
}
