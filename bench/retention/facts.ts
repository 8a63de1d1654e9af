/** Facts that an agent meets, as single lines that can be found again word for word. All pure, all drawn from a seed. */

export type FactKind = 'constraint' | 'correction' | 'file' | 'command' | 'decision';

/**
 * `line` is the whole fact: who does not have it word for word does not have it. It holds no character that JSON escapes.
 * `replaces`: the fact that no longer holds since this one was said.
 */
export type Fact = { id: string; kind: FactKind; line: string; replaces: string | null };

/** A number in [0, 1). */
export type Random = () => number;

/** A whole number in [from, to]. */
export const between = (random: Random, from: number, to: number): number =>
  from + Math.floor(random() * (to - from + 1));

/** One of `values`. */
export function pick(random: Random, values: readonly string[]): string {
  return values[between(random, 0, values.length - 1)] ?? '';
}

const PARTS =
  'ledger gateway scheduler importer mailer indexer renderer sampler broker archiver resolver monitor'.split(' ');
const TRAITS = 'northern spare nightly regional legacy primary shadow mobile internal weekly outer quiet'.split(' ');
const PLACES = 'Aachen Bergen Coimbra Dijon Evora Faro Ghent Hamar Izmir Jena Kaunas Lugano'.split(' ');

/** Eight hexadecimal digits: what nobody guesses. */
function code(random: Random): string {
  return Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}

/** A made-up part of a system. */
export const thing = (random: Random) => `${pick(random, TRAITS)} ${pick(random, PARTS)}`;

/** What a file or the output of a command says once: about 50 tokens, so that a summary has no room for all. */
export function findingOf(random: Random, id: string, kind: 'file' | 'command'): Fact {
  const limits = `after ${between(random, 2, 9)} tries with ${between(random, 100, 990)} ms between`;
  const where = `port ${between(random, 10_000, 64_000)} of ${pick(random, PLACES)}`;
  const line = `FACT ${id}: the ${thing(random)} listens on ${where}, gives up ${limits}, and reports it as ${code(random)} to the ${thing(random)}.`;
  return { id, kind, line, replaces: null };
}

/** What the agent decides by itself. */
export function decisionOf(random: Random, id: string): Fact {
  const line = `DECISION ${id}: we keep the ${thing(random)} and drop the ${thing(random)}, since ${pick(random, PLACES)} needs ${code(random)}.`;
  return { id, kind: 'decision', line, replaces: null };
}

/** What the user asks for, about `subject`; `version` from 1, each later one corrects the one before. */
export function constraintOf(random: Random, name: string, subject: string, version: number): Fact {
  const says = `every ${subject} is named with the prefix ${code(random)}.`;
  return version === 1
    ? { id: `${name}.1`, kind: 'constraint', line: `CONSTRAINT ${name}: ${says}`, replaces: null }
    : {
        id: `${name}.${version}`,
        kind: 'correction',
        line: `CONSTRAINT ${name}, corrected: ${says}`,
        replaces: `${name}.${version - 1}`,
      };
}

const FACT_LINE = /(?:FACT (?:part|check)-\d{3}|DECISION d-\d{3}|CONSTRAINT c\d(?:, corrected)?): [^\n"]*\./;

/** The fact-like line within a line of text, or null; this is all that the model knows of a fact. */
export function factLineIn(line: string): string | null {
  return FACT_LINE.exec(line)?.[0] ?? null;
}

/** What a fact is about: lines with one subject are versions of one fact. */
export function subjectOf(line: string): string {
  return line.slice(0, line.indexOf(':')).replace(', corrected', '');
}
