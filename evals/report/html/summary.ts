/** The parts of a page that say how a run came out. Pure. */
import type { Run } from '../../run-record.ts';
import { type AgentReport, type Comparison, isCounted, type ReportData } from '../data.ts';
import {
  agentWords,
  counted,
  detectable,
  fraction,
  INTERVAL_WORDS,
  NONE,
  percent,
  points,
  probability,
  rateWithInterval,
  SPENT_WORDS,
  spentWords,
} from '../words.ts';
import { type Html, html, type Value } from './markup.ts';
import { costPlot, intervalBar } from './plot.ts';
import { type Column, numbers, table } from './table.ts';

/** What was run, when, by which version, and what is not in the figures. */
export function header({ run, tasks, agents, minimumDetectable, missing, left, trials }: ReportData): Html {
  const uncounted = trials.filter((trial) => !isCounted(trial)).length;
  const size = [counted(tasks.length, 'task'), counted(run.attempts, 'attempt'), counted(agents.length, 'agent')];
  const begun = run.startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
  return html`<header>
<h1>${run.suite}</h1>
<p>${size.join(' × ')} · begun <time datetime="${run.startedAt}">${begun}</time> · Drydock ${run.drydockVersion}</p>
<p>${detectable(minimumDetectable)}</p>
${missing > 0 && warning(`Not run so far: ${counted(missing, 'trial')} of ${trials.length + missing}. The figures are of the others.`)}
${uncounted > 0 && warning(`Failed by infrastructure or for an invalid task: ${counted(uncounted, 'trial')}, in no rate.`)}
${left.length > 0 && notRun(left)}
</header>\n`;
}

function warning(text: string): Html {
  return html`<p class="warning">${text}</p>`;
}

function notRun(left: ReportData['left']): Html {
  return html`<details open class="warning"><summary>${counted(left.length, 'task')} not run</summary>
<ul>${left.map(({ id, problem }) => html`<li><code>${id}</code>: ${problem}</li>`)}</ul></details>`;
}

/** A row for each agent. */
export function agentsTable({ agents }: ReportData): Html {
  const most = Math.max(0, ...agents.map(({ passAtK }) => passAtK.length));
  // With one attempt both are the rate.
  const ks = Array.from({ length: most }, (_, index) => index + 1).slice(1);
  const methods = agents.flatMap(({ success }) => (success === null ? [] : [INTERVAL_WORDS[success.method]]));
  const columns: Column[] = [
    { title: 'agent', kind: 'line' },
    ...numbers('resolved of counted', 'of all'),
    { title: 'rate, with its 95 % interval', kind: 'line' },
    ...numbers(...ks.flatMap((k) => [`pass@${k}`, `pass^${k}`])),
    ...numbers(...SPENT_WORDS),
  ];
  const notes = [
    'The rate is the mean over tasks of the share of counted attempts that resolved them.',
    methods.length > 0 && ` Its interval: ${[...new Set(methods)].join('; ')}.`,
    ks.length > 0 && ' pass@k: at least one of k attempts resolves a task; pass^k: all of them do.',
  ];
  return html`<section id="agents"><h2>Agents</h2>
${table(
  'Agents',
  columns,
  agents.map((agent) => agentRow(agent, ks)),
)}<p class="note">${notes}</p>
</section>\n`;
}

function agentRow(agent: AgentReport, ks: readonly number[]): Value[] {
  const { name, success, passAtK, passHatK } = agent;
  const rate = (value: number | undefined) => (value === undefined ? NONE : percent(value));
  return [
    html`${name}<small>${agentWords(agent)}</small>`,
    fraction(agent.ofCounted),
    fraction(agent.ofAll),
    html`${success !== null && intervalBar(success, 0, 1)} ${rateWithInterval(success)}`,
    ...ks.flatMap((k) => [rate(passAtK[k - 1]), rate(passHatK[k - 1])]),
    ...spentWords(agent),
  ];
}

/** A row for each pair of agents. */
export function comparisonsTable({ comparisons }: ReportData): Html | null {
  if (comparisons.length === 0) return null;
  const columns: Column[] = [
    { title: 'agents', kind: 'line' },
    { title: 'difference in points, with its 95 % interval', kind: 'line' },
    ...numbers('p', 'corrected'),
    { title: 'says', kind: 'text' },
    { title: 'better at', kind: 'text' },
  ];
  const methods = new Set(comparisons.map(({ difference }) => INTERVAL_WORDS[difference.method]));
  return html`<section id="comparisons"><h2>Comparisons</h2>
${table('Comparisons', columns, comparisons.map(comparisonRow))}<p class="note">
On the tasks that both have counted trials of. p: how likely so large a difference is where there is none; corrected by Holm
for all ${counted(comparisons.length, 'comparison')} here. Interval: ${[...methods].join('; ')}.</p>
</section>\n`;
}

function comparisonRow(comparison: Comparison): Value[] {
  const { first, second, difference, p, pCorrected, tasks, method, firstBetter, secondBetter } = comparison;
  const { mean, low, high } = difference;
  const winner = mean > 0 ? second : first;
  return [
    html`${second}<small>against ${first}</small>`,
    html`${intervalBar(difference, -1, 1)} ${points(mean)} (${points(low)} to ${points(high)})
<small>${counted(tasks, 'task')}; ${method}</small>`,
    probability(p),
    probability(pCorrected),
    pCorrected < 0.05 ? html`<b>${winner} is better</b>` : 'no difference shown',
    [betterAt(second, secondBetter), betterAt(first, firstBetter)],
  ];
}

function betterAt(name: string, tasks: readonly string[]): Html {
  if (tasks.length === 0) return html`<p>${name}: no task</p>`;
  return html`<details><summary>${name}: ${counted(tasks.length, 'task')}</summary>
${tasks.map((task, index) => html`${index > 0 && ', '}<code>${task}</code>`)}</details>`;
}

/** Cost against success. */
export function costSection({ agents, pareto }: ReportData): Html {
  const known = agents.flatMap(({ name, costUsd, success, ofAll }) =>
    costUsd === null || success === null
      ? []
      : [{ name, cost: costUsd / ofAll.of, success, front: pareto.includes(name) }],
  );
  const without = agents.filter(({ kind, costUsd }) => kind !== 'oracle' && kind !== 'predictions' && costUsd === null);
  const notes = [
    known.length > 0 &&
      `Filled and joined: no other agent is both at most as dear and at least as successful (${pareto.join(', ')}). Upright lines: 95 % intervals.`,
    without.length > 0 && ` Of no known cost: ${without.map(({ name }) => name).join(', ')}.`,
  ];
  return html`<section id="cost"><h2>Cost and success</h2>
${costPlot(known) ?? html`<p>No cost is known.</p>`}
<p class="note">${notes}</p>
</section>\n`;
}

/** What each configuration sets. A page is passed on more easily than a file of settings, so that variables have only their names. */
export function configurations({ record }: Run): Html | null {
  const agents = record.agents.filter(({ values }) => values !== undefined);
  if (agents.length === 0) return null;
  return html`<section id="configurations"><h2>Configurations</h2>
${agents.map(
  ({ name, digest, values }) => html`<details><summary>${name} <small>${digest.slice(0, 12)}</small></summary>
<pre tabindex="0">${JSON.stringify(values, withoutValuesOfEnv, 2)}</pre></details>\n`,
)}</section>\n`;
}

function withoutValuesOfEnv(name: string, value: unknown): unknown {
  const isVariables = name === 'env' && typeof value === 'object' && value !== null && !Array.isArray(value);
  return isVariables ? Object.keys(value) : value;
}
