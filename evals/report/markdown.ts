/** A run as Markdown, as GitHub shows it: for a comment or a job's summary. Pure. */
import { ERROR_MODE_WORDS } from '../error-modes.ts';
import { OUTCOMES, type TrialResult } from '../trial-result.ts';
import { compactedTrials, editsByModel } from './component-evals.ts';
import type { AgentReport, Comparison, ReportData } from './data.ts';
import { visibleLine } from './visible.ts';
import {
  counted,
  detectable,
  fraction,
  NONE,
  NOT_RUN,
  OUTCOME_WORDS,
  percent,
  points,
  probability,
  rateWithInterval,
  SPENT_WORDS,
  spentWords,
} from './words.ts';

/** The whole of it, with a line feed at its end. */
export function markdownReport(data: ReportData): string {
  const { run, tasks, agents, comparisons, left, missing, minimumDetectable } = data;
  const size = `${counted(tasks.length, 'task')} × ${counted(run.attempts, 'attempt')}`;
  const notes = [
    `${size}, begun ${run.startedAt}, Drydock ${run.drydockVersion}. ${detectable(minimumDetectable)}`,
    missing > 0 ? `**${counted(missing, 'trial')} have not been run.**` : null,
    ...left.map(({ id, problem }) => `${code(id)} was not run: ${code(problem)}`),
  ].filter((note) => note !== null);
  return [
    `# ${code(run.suite)}`,
    ...notes,
    table(AGENT_COLUMNS, agents.map(agentRow)),
    ...section('Comparisons', table(COMPARISON_COLUMNS, comparisons.map(comparisonRow)), comparisons.length > 0),
    ...section('Cost and success', paretoWords(data), true),
    ...section('Tasks × agents', matrix(data), true),
    ...section(
      'Error modes',
      errorModes(data),
      data.trials.some((trial) => trial.errorModes !== null),
    ),
    ...componentSections(data),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Text that somebody else wrote, on one line, so that it is no markup and mentions nobody. */
export function code(text: string): string {
  const line = visibleLine(text, 300);
  if (/^[^`|\\]+$/.test(line)) return `\`${line}\``;
  return `<code>${line.replace(/[^\p{L}\p{N} .,/-]/gu, (character) => `&#${character.codePointAt(0)};`)}</code>`;
}

function section(title: string, body: string, is: boolean): string[] {
  return is ? [`## ${title}`, body] : [];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

const AGENT_COLUMNS = [
  'agent',
  'resolved',
  'of all',
  'rate, 95 %',
  'pass@k',
  'pass^k',
  ...SPENT_WORDS,
  'other outcomes',
];

function agentRow(agent: AgentReport): string[] {
  const { success, outcomes } = agent;
  const others = OUTCOMES.filter(
    (outcome) => outcome !== 'resolved' && outcome !== 'unresolved' && outcomes[outcome] > 0,
  );
  return [
    code(agent.name),
    fraction(agent.ofCounted),
    fraction(agent.ofAll),
    rateWithInterval(success),
    rates(agent.passAtK),
    rates(agent.passHatK),
    ...spentWords(agent),
    others.map((outcome) => `${outcomes[outcome]} ${code(outcome)}`).join(', ') || NONE,
  ];
}

function rates(values: readonly number[]): string {
  return values.map(percent).join(', ') || NONE;
}

const COMPARISON_COLUMNS = [
  'agents',
  'difference in points, 95 %',
  'p',
  'corrected',
  'tasks',
  'first better at',
  'second better at',
  'test',
];

function comparisonRow({
  first,
  second,
  difference,
  p,
  pCorrected,
  tasks,
  firstBetter,
  secondBetter,
  method,
}: Comparison): string[] {
  const interval = `${points(difference.mean)} (${points(difference.low)} to ${points(difference.high)})`;
  return [
    `${code(second)} against ${code(first)}`,
    pCorrected < 0.05 ? `**${interval}**` : `${interval}, none shown`,
    probability(p),
    probability(pCorrected),
    String(tasks),
    String(firstBetter.length),
    String(secondBetter.length),
    method,
  ];
}

function paretoWords({ pareto }: ReportData): string {
  if (pareto.length === 0) return 'No cost is known.';
  return `Not beaten in both cost and success: ${pareto.map(code).join(', ')}.`;
}

function matrix({ tasks, agents, trials, run }: ReportData): string {
  const outcomes = new Map(
    trials.map(({ agent, task, attempt, outcome }) => [JSON.stringify([agent, task, attempt]), outcome]),
  );
  const cell = (agent: string, task: string) =>
    Array.from({ length: run.attempts }, (_, index) => {
      const outcome = outcomes.get(JSON.stringify([agent, task, index + 1]));
      return outcome === undefined ? NOT_RUN.sign : OUTCOME_WORDS[outcome].sign;
    }).join(' ');
  const legend = OUTCOMES.map((outcome) => `${OUTCOME_WORDS[outcome].sign} ${OUTCOME_WORDS[outcome].words}`);
  return [
    table(
      ['task', ...agents.map(({ name }) => code(name))],
      tasks.map(({ id }) => [code(id), ...agents.map(({ name }) => cell(name, id))]),
    ),
    `${[...legend, `${NOT_RUN.sign} ${NOT_RUN.words}`].join('; ')}.`,
  ].join('\n\n');
}

function errorModes({ agents, trials }: ReportData): string {
  const of = (agent: string) => trials.filter((trial) => trial.agent === agent && trial.errorModes !== null).length;
  const shown = agents.filter(({ name }) => of(name) > 0);
  const modes = shown[0]?.errorModes.map(({ mode }) => mode) ?? [];
  return table(
    ['trials with', ...shown.map(({ name }) => `${code(name)}, of ${of(name)}`)],
    modes.map((mode) => [
      ERROR_MODE_WORDS[mode],
      ...shown.map(({ errorModes: counts }) => String(counts.find((count) => count.mode === mode)?.trials ?? 0)),
    ]),
  );
}

function componentSections({
  agents,
  trials,
}: {
  agents: readonly AgentReport[];
  trials: readonly TrialResult[];
}): string[] {
  const edits = editsByModel(trials);
  const located = agents.flatMap(({ name, localisation }) =>
    localisation === null ? [] : [{ name, ...localisation }],
  );
  const compacted = compactedTrials(
    agents.map(({ name }) => name),
    trials,
  );
  return [
    ...section(
      'Edits that applied',
      table(
        ['model', 'tool', 'calls', 'applied', 'share'],
        edits.map(({ model, tool, calls, applied }) => [
          code(model),
          code(tool),
          String(calls),
          String(applied),
          calls === 0 ? NONE : percent(applied / calls),
        ]),
      ),
      edits.length > 0,
    ),
    ...section(
      'Files that the solution changes',
      table(
        ['agent', 'precision', 'recall', 'trials'],
        located.map(({ name, precision, recall, trials: of }) => [
          code(name),
          percent(precision),
          percent(recall),
          String(of),
        ]),
      ),
      located.length > 0,
    ),
    ...section(
      'Trials with a compaction',
      table(
        ['agent', 'trials', 'resolved', 'compactions'],
        compacted.map(({ agent, trials: of, resolved, compactions }) => [
          code(agent),
          String(of),
          String(resolved),
          String(compactions),
        ]),
      ),
      compacted.length > 0,
    ),
  ];
}
