/** The deterministic model's handoff: an extract of what it is shown, within a budget. docs/retention.md has its rules. Pure. */
import { factLineIn, subjectOf } from './facts.ts';
import { lastStepAsked, lastStepShown, type Shown } from './view.ts';
import { padded } from './workload.ts';

/** Tokens of a text. */
export type CountTokens = (text: string) => number;

/** Whatever the instruction allows, as for the peers that were measured. */
const MOST_TOKENS = 1500;

const budgetIn = (instruction: string): number =>
  Number(/at most (\d[\d,]*) tokens/.exec(instruction)?.[1]?.replaceAll(',', '') ?? MOST_TOKENS);

/** Fact-like lines in the order of their newest mention, the newest last; of one subject only the newest. */
export function factLines(shown: readonly Shown[]): string[] {
  const found = new Map<string, string>();
  for (const { text } of shown) {
    for (const line of text.split('\n')) {
      const fact = factLineIn(line);
      if (fact === null) continue;
      const subject = subjectOf(fact);
      // To the end of the order.
      found.delete(subject);
      found.set(subject, fact);
    }
  }
  return [...found.values()];
}

function render(kept: ReadonlySet<string>, lines: readonly string[], done: number, asked: number): string {
  const of = (word: string) => lines.filter((line) => kept.has(line) && line.startsWith(word));
  const next = done < asked ? `Go on with step ${padded(done + 1)} of ${padded(asked)}.` : 'Answer.';
  return [
    '## Done',
    done === 0 ? 'Nothing yet.' : `Steps 001 to ${padded(done)} are done.`,
    '## Findings',
    ...of('FACT'),
    '## Decisions',
    ...of('DECISION'),
    '## Open',
    ...of('CONSTRAINT'),
    '## Next',
    next,
  ].join('\n');
}

/** `shown` without the instruction. The answer has at most the tokens that the instruction names, and never above 1,500. */
export function summarise(shown: readonly Shown[], instruction: string, countTokens: CountTokens): string {
  const budget = Math.min(budgetIn(instruction), MOST_TOKENS);
  const [done, asked] = [lastStepShown(shown), lastStepAsked(shown)];
  const lines = factLines(shown);
  const newestFirst = lines.toReversed();
  const wanted = [
    ...newestFirst.filter((line) => line.startsWith('CONSTRAINT')),
    ...newestFirst.filter((line) => !line.startsWith('CONSTRAINT')),
  ];
  const kept = new Set<string>();
  for (const line of wanted) {
    kept.add(line);
    if (countTokens(render(kept, lines, done, asked)) <= budget) continue;
    kept.delete(line);
    break;
  }
  return render(kept, lines, done, asked);
}
