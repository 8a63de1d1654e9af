/** What the agent is asked to do: files, prompts and facts, the same for the same seed. Pure. */
import { randomOf } from '../../test/random.ts';
import { between, constraintOf, decisionOf, type Fact, findingOf, pick, type Random, thing } from './facts.ts';

/** One file or command. `decision` is what the agent states when it takes the step. `number` counts from 1. */
export type Step = { number: number; id: string; kind: 'read' | 'command'; decision: Fact | null };

/** `files` have paths in the repository. The first prompt begins the session, each other one resumes it. */
export type Workload = {
  files: { path: string; text: string }[];
  prompts: string[];
  facts: Fact[];
  steps: Step[];
};

export const WORKLOADS = ['A', 'B'] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

/** A number as it stands in names of files and in prompts. */
export const padded = (number: number): string => String(number).padStart(3, '0');

/** In bytes. So 80 files have about 120,000 tokens. */
const FILE_BYTES = 5600;
/** In a large window files are larger by this, since outputs of commands and handoffs do not grow with it: ten compactions. */
const LARGE_WINDOW = 1.8;
/** Below what the shell tool shows whole: a fact that was never shown cannot be forgotten. */
const MOST_OUTPUT_BYTES = 10_000;
const CONSTRAINTS = 5;

const WORDS =
  'value index buffer handle retry queue offset region limit cursor socket parser branch token window schema cache signal'.split(
    ' ',
  );

/** A line that says nothing: code-like, some 60 bytes. */
function filler(random: Random): string {
  const name = `${pick(random, WORDS)}_${pick(random, WORDS)}`;
  const call = `${pick(random, WORDS)}(${pick(random, WORDS)}, ${between(random, 0, 999)})`;
  return `  ${name} = ${call} or ${pick(random, WORDS)}.${pick(random, WORDS)}`;
}

/** About `bytes` of lines with `line` somewhere among them. */
function textWith(random: Random, line: string, bytes: number): string {
  const lines: string[] = [];
  for (let size = line.length + 1; size < bytes; ) {
    const next = filler(random);
    lines.push(next);
    size += next.length + 1;
  }
  lines.splice(between(random, 0, lines.length), 0, line);
  return `${lines.join('\n')}\n`;
}

function fileOf(step: Step, fact: Fact, bytes: number, random: Random): { path: string; text: string } {
  if (step.kind === 'read') return { path: `parts/${step.id}.txt`, text: textWith(random, fact.line, bytes) };
  const printed = textWith(random, fact.line, Math.min(bytes, MOST_OUTPUT_BYTES));
  // Commands fail too, and say something all the same.
  const exitCode = random() < 0.25 ? 1 : 0;
  return { path: `checks/${step.id}.sh`, text: `cat <<'END'\n${printed}END\nexit ${exitCode}\n` };
}

const CLOSING =
  'When the last step is done, answer with every line of FACT, DECISION and CONSTRAINT that you know word for word, each on a line of its own, of a constraint only what holds now. If there is a tool named recall, first bring back with it what you no longer see.';
const READING =
  'The folder parts/ has files named part-NNN.txt. Take the steps in order, one at a time: step NNN reads the whole of parts/part-NNN.txt. Each file has one line that begins with FACT, the name of the file and a colon.';
const RUNNING =
  'These steps are commands instead: run sh checks/check-NNN.sh, whose output has a line that begins with FACT check-NNN and a colon:';
const DECIDING =
  'When you take one of these steps, also state a decision of your own on a line that begins with DECISION d-NNN and a colon:';

const listed = (steps: Step[]) => steps.map((step) => padded(step.number)).join(', ');
const range = (steps: Step[]) => `Take steps ${padded(steps[0]?.number ?? 0)} to ${padded(steps.at(-1)?.number ?? 0)}.`;

/**
 * 80 reads with a fact each, five constraints in the one prompt; files of the same sizes for every window. They differ a
 * little, and between seeds, so that the last compaction is not always as far from the end: what was read since is in view.
 */
function workloadA(random: Random): Workload {
  const constraints = Array.from({ length: CONSTRAINTS }, (_, index) =>
    constraintOf(random, `c${index + 1}`, thing(random), 1),
  );
  const steps = Array.from({ length: 80 }, (_, index): Step => {
    return { number: index + 1, id: `part-${padded(index + 1)}`, kind: 'read', decision: null };
  });
  const findings = steps.map((step) => findingOf(random, step.id, 'file'));
  const shares = steps.map(() => 0.7 + 0.6 * random());
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const files = steps.map((step, index) => {
    const bytes = Math.round((FILE_BYTES * (shares[index] ?? mean)) / mean);
    return fileOf(step, findings[index] as Fact, bytes, random);
  });
  const rules = ['These hold all the time:', ...constraints.map(({ line }) => line)].join('\n');
  return {
    files,
    prompts: [[range(steps), READING, rules, CLOSING].join('\n\n')],
    facts: [...constraints, ...findings],
    steps,
  };
}

/** Three prompts of 40 steps each, of mixed kinds. Files grow with the window, in tokens, so that each is compacted often. */
function workloadB(random: Random, window: number): Workload {
  const share = window > 64_000 ? LARGE_WINDOW : 1;
  const bytes = Math.max(3000, Math.round((share * FILE_BYTES * window) / 32_000));
  const steps = Array.from({ length: 120 }, (_, index): Step => {
    const number = index + 1;
    const kind = random() < 0.3 ? 'command' : 'read';
    const decision = random() < 0.2 ? decisionOf(random, `d-${padded(number)}`) : null;
    return { number, id: `${kind === 'read' ? 'part' : 'check'}-${padded(number)}`, kind, decision };
  });
  const findings = steps.map((step) => findingOf(random, step.id, step.kind === 'read' ? 'file' : 'command'));
  const files = steps.map((step, index) => fileOf(step, findings[index] as Fact, bytes, random));
  const versions = new Map(Array.from({ length: CONSTRAINTS }, (_, index) => [`c${index + 1}`, 0]));
  const subjects = new Map([...versions.keys()].map((name) => [name, thing(random)]));
  const said: Fact[] = [];
  const say = (name: string): string => {
    const version = (versions.get(name) ?? 0) + 1;
    versions.set(name, version);
    const fact = constraintOf(random, name, subjects.get(name) ?? '', version);
    said.push(fact);
    return fact.line;
  };
  const prompts = [0, 1, 2].map((part) => {
    const own = steps.slice(part * 40, (part + 1) * 40);
    // Two are corrected by each later prompt; which is drawn, so one may be corrected twice.
    const names = [...versions.keys()];
    const first = between(random, 0, CONSTRAINTS - 1);
    const corrected = [first, (first + between(random, 1, CONSTRAINTS - 1)) % CONSTRAINTS].map((at) => names[at] ?? '');
    const rules = part === 0 ? names.map(say) : corrected.map(say);
    const commands = own.filter((step) => step.kind === 'command');
    const decisions = own.filter((step) => step.decision !== null);
    return [
      range(own),
      ...(part === 0 ? [READING] : []),
      `${RUNNING} ${listed(commands)}.`,
      `${DECIDING} ${listed(decisions)}.`,
      [part === 0 ? 'These hold all the time:' : 'I was wrong about these; from now on:', ...rules].join('\n'),
      part === 2 ? CLOSING : 'When they are done, say so in one line. I then have more steps for you.',
    ].join('\n\n');
  });
  const decisions = steps.flatMap((step) => step.decision ?? []);
  return { files, prompts, facts: [...said, ...findings, ...decisions], steps };
}

/** `window` is the model's, in tokens. */
export function workloadOf(name: WorkloadName, seed: number, window: number): Workload {
  const random = randomOf(seed * 7919 + (name === 'A' ? 1 : 2));
  return name === 'A' ? workloadA(random) : workloadB(random, window);
}
