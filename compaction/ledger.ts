/** The ledger: the facts of the session's past as the model reads them in a handoff, within a budget. Pure. */
import { estimateTokens } from '../models/index.ts';
import { type HistoryItem, handleOf, type SessionState } from '../session/index.ts';
import { type Facts, factsOf } from './facts.ts';
import { textOf } from './view.ts';

/** What the ledger says beside what the history holds. */
export type Standing = Pick<SessionState, 'plan' | 'processes' | 'lastVerify'> & {
  /** The instruction files, whose text is in the system prompt. */
  instructions: readonly string[];
  /** The workspace's folder. */
  root: string;
};

const MAX_COMMAND = 120;
const MAX_PROMPT = 160;

/** A section: each entry is whole or left out. The newest entries are kept first, since they matter most. */
type Section = { title: string; entries: string[]; separator: string };

/**
 * The ledger of `items` (those that leave the view, and all that left before), at most `budget` counted tokens: it names
 * what it leaves out. `dropped` are the prompts that do not stay in view; `noted` what earlier summaries have said and the
 * one that stays does not. Empty where there is nothing to say.
 */
export function ledgerOf(
  items: readonly HistoryItem[],
  dropped: readonly HistoryItem[],
  noted: { decided: readonly string[]; found: readonly string[] },
  standing: Standing,
  budget: number,
): string {
  const facts = factsOf(items, standing.root);
  const sections: Section[] = [
    { title: 'Instructions in force (in the system prompt)', entries: [...standing.instructions], separator: ', ' },
    { title: 'Earlier user messages, not shown', entries: dropped.map(promptLine), separator: '\n- ' },
    {
      title: 'Changed files',
      entries: facts.changed.map(({ path, times, handle }) => `${path}${times > 1 ? ` ×${times}` : ''} (${handle})`),
      separator: ', ',
    },
    {
      title: 'Read files',
      entries: facts.read.map(
        ({ path, lines, handle }) => `${path}${lines === null ? '' : ` lines ${lines}`} (${handle})`,
      ),
      separator: ', ',
    },
    {
      title: 'Commands',
      entries: facts.commands.map(
        ({ command, exitCode, times, handle }) =>
          `\`${oneLine(command, MAX_COMMAND)}\`${exitCode === null ? '' : ` exit ${exitCode}`}${times > 1 ? ` ×${times}` : ''} (${handle})`,
      ),
      separator: '\n- ',
    },
    { title: 'Noted earlier (may be out of date)', entries: [...noted.found], separator: '\n- ' },
    { title: 'Decided earlier (may be out of date)', entries: [...noted.decided], separator: '\n- ' },
    // What changes most stands last: a provider's cache holds up to the first byte that differs.
    ...stateSections(standing, facts),
  ].filter(({ entries }) => entries.length > 0);
  return render(sections, budget);
}

function stateSections({ plan, processes, lastVerify }: Standing, { failing }: Facts): Section[] {
  const marks = { completed: 'x', in_progress: '>', pending: ' ' };
  const verify = lastVerify !== null && lastVerify.exitCode !== 0 ? lastVerify : null;
  return [
    {
      title: 'Plan',
      entries: plan.map(({ step, status }) => `[${marks[status]}] ${oneLine(step, MAX_COMMAND)}`),
      separator: '\n- ',
    },
    {
      title: 'Running processes',
      entries: Object.entries(processes).map(([handle, command]) => `${handle} \`${oneLine(command, MAX_COMMAND)}\``),
      separator: '\n- ',
    },
    {
      title: 'The check that decides failed last time',
      entries: verify === null ? [] : [`\`${oneLine(verify.command, MAX_COMMAND)}\` exit ${verify.exitCode ?? 'none'}`],
      separator: '\n- ',
    },
    {
      title: 'Failing tests',
      entries:
        failing === null ? [] : [`\`${oneLine(failing.command, MAX_COMMAND)}\` (${failing.handle})`, ...failing.lines],
      separator: '\n- ',
    },
  ];
}

function promptLine(item: HistoryItem): string {
  return `${JSON.stringify(oneLine(textOf(item.message), MAX_PROMPT))} (${handleOf(item)})`;
}

/** Sections in order; each gets an equal share of what is left to it and those behind it, and what it does not need goes on. */
function render(sections: readonly Section[], budget: number): string {
  const parts: string[] = [];
  let left = budget;
  const wanted = sections.map(sectionCost);
  for (const [index, section] of sections.entries()) {
    const behind = wanted.slice(index + 1);
    // What the small ones behind do not need, the large one may have.
    const share = left / (behind.length + 1);
    const spare = behind.reduce((sum, cost) => sum + Math.max(0, share - cost), 0);
    const text = sectionText(section, Math.floor(share + spare));
    if (text === '') continue;
    parts.push(text);
    left = Math.max(0, left - estimateTokens(text));
  }
  return parts.join('\n');
}

function sectionCost(section: Section): number {
  return estimateTokens(written(section, section.entries, 0));
}

function sectionText(section: Section, budget: number): string {
  const all = written(section, section.entries, 0);
  if (estimateTokens(all) <= budget) return all;
  // The newest first; halves find the number that fits without trying each.
  let [fits, breaks] = [0, section.entries.length];
  while (breaks - fits > 1) {
    const middle = (fits + breaks) >> 1;
    if (estimateTokens(written(section, section.entries.slice(-middle), section.entries.length - middle)) <= budget) {
      fits = middle;
    } else breaks = middle;
  }
  const text = written(section, fits === 0 ? [] : section.entries.slice(-fits), section.entries.length - fits);
  return estimateTokens(text) <= budget ? text : '';
}

function written({ title, separator }: Section, entries: readonly string[], left: number): string {
  const more = left > 0 ? [`${left} older ones: ask recall`] : [];
  const lead = separator === ', ' ? ' ' : separator;
  return `${title}:${lead}${[...more, ...entries].join(separator)}`;
}

function oneLine(text: string, most: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return (line.length > most ? `${line.slice(0, most - 1)}…` : line).toWellFormed();
}
