/** The summary of a run for a terminal. */
import type { AgentReport, Comparison, ReportData, RunComparison } from '../../evals/index.ts';
import { cost, duration, type Paint, printable, tokens } from './text.ts';

/** As text with line ends. */
export function evalSummary(report: ReportData, paint: Paint): string {
  const { run, agents, comparisons, left, missing, pareto } = report;
  const head = `${run.suite}: ${report.tasks.length} tasks, ${run.attempts} ${run.attempts === 1 ? 'attempt' : 'attempts'} each`;
  const lines = [
    '',
    paint('bold', printable(head)),
    ...table(agents.map(agentRow), [
      'agent',
      'resolved',
      'of all',
      'rate, 95 %',
      'cost',
      'each resolved',
      'tokens',
      'time',
      'turns',
    ]),
    ...agents.flatMap((agent) => otherOutcomes(agent, paint)),
    ...(comparisons.length === 0 ? [] : ['', ...comparisons.map((comparison) => compared(comparison, paint))]),
    ...(pareto.length > 1 || agents.length > 1
      ? [`not beaten in both cost and success: ${pareto.join(', ') || 'no cost is known'}`]
      : []),
    ...left.map(({ id, problem }) => paint('yellow', `${printable(id)} was not run: ${printable(problem)}`)),
    ...(missing === 0 ? [] : [paint('yellow', `${missing} trials have not been run`)]),
    paint('dim', `the reports are in ${printable(run.folder)}: report.html, report.md, report.json`),
  ];
  return `${lines.join('\n')}\n`;
}

function agentRow(agent: AgentReport): string[] {
  const { success, costPerResolved, tokens: used, kind } = agent;
  const unwatched = kind === 'oracle' || kind === 'predictions';
  return [
    printable(agent.name),
    `${agent.ofCounted.resolved}/${agent.ofCounted.of}`,
    `${agent.ofAll.resolved}/${agent.ofAll.of}`,
    success === null ? '-' : `${percent(success.mean)} (${percent(success.low)} to ${percent(success.high)})`,
    unwatched ? '-' : cost(agent.costUsd),
    costPerResolved === null ? '-' : cost(costPerResolved),
    unwatched ? '-' : tokens(used.input + used.output),
    unwatched ? '-' : duration(agent.seconds * 1000),
    unwatched ? '-' : String(agent.turns),
  ];
}

function otherOutcomes({ name, outcomes }: AgentReport, paint: Paint): string[] {
  const told = (['agent_limit', 'cheated', 'invalid_task', 'infra'] as const).filter(
    (outcome) => outcomes[outcome] > 0,
  );
  if (told.length === 0) return [];
  return [
    paint('yellow', `${printable(name)}: ${told.map((outcome) => `${outcomes[outcome]} ${outcome}`).join(', ')}`),
  ];
}

/** The comparison of two runs, a line each. */
export function comparisonLines(comparison: RunComparison): string[] {
  const { firstBetter, secondBetter, onlyFirst, onlySecond } = comparison;
  const listed = (what: string, ids: readonly string[]) =>
    ids.length === 0 ? [] : [printable(`${what}: ${ids.join(', ')}`)];
  return [
    compared({ ...comparison, pCorrected: comparison.p }, (_style, text) => text),
    ...listed('the second is better at', secondBetter),
    ...listed('the first is better at', firstBetter),
    ...listed('only in the first run', onlyFirst),
    ...listed('only in the second run', onlySecond),
  ];
}

function compared(comparison: Comparison, paint: Paint): string {
  const { first, second, difference, p, pCorrected, tasks, method } = comparison;
  const points = (value: number) => `${value > 0 ? '+' : ''}${(value * 100).toFixed(1)}`;
  const sure = pCorrected < 0.05;
  const text = `${second} against ${first}: ${points(difference.mean)} points (${points(difference.low)} to ${points(difference.high)}), p = ${p.toFixed(3)}, corrected ${pCorrected.toFixed(3)}; ${tasks} tasks, ${method}`;
  return `${sure ? paint('bold', printable(text)) : printable(text)}${sure ? '' : ' · no difference shown'}`;
}

function percent(value: number): string {
  return `${(value * 100).toFixed(0)} %`;
}

function table(rows: readonly string[][], header: readonly string[]): string[] {
  const all = [[...header], ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? '')].length)));
  return all.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
