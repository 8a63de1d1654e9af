/** Texts of each kind that an agent reads: this project's own files, and text that is generated from a seed. */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Language, SENTENCES } from './languages.ts';

const root = join(import.meta.dirname, '..');

/** Gives numbers in [0, 1), the same for the same seed. A linear congruence (Numerical Recipes' constants) is random enough. */
export type Random = () => number;
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const pick = <T>(random: Random, from: readonly T[]): T => {
  const chosen = from[Math.floor(random() * from.length)];
  if (chosen === undefined) throw new Error('nothing to pick from');
  return chosen;
};
const whole = (random: Random, below: number) => Math.floor(random() * below);
const times = (count: number, line: (index: number) => string) => Array.from({ length: count }, (_, i) => line(i));

const read = (pattern: string) =>
  globSync(pattern, { cwd: root, exclude: (name) => name === 'node_modules' || name === 'dist' })
    .toSorted()
    .map((file) => readFileSync(join(root, file), 'utf8'));
const codeFiles = [...read('{agent,cli,sandbox,session,tools,models,test}/**/*.ts'), ...read('scripts/*.sh')];
const proseFiles = read('{docs/*,AGENTS,CONTRIBUTING,SECURITY,CHANGELOG}.md');

/** About `size` characters of a file, from the beginning of a line. */
function excerpt(random: Random, files: readonly string[], size: number): string {
  const text = pick(random, files);
  const start = text.lastIndexOf('\n', Math.max(0, whole(random, Math.max(1, text.length - size)))) + 1;
  return text.slice(start, start + size);
}

const NAMES =
  'cache session parser router user-store invoice http-client queue theme auth reconciler telemetry webhook sqlite-pool kubelet tokenizer ingest thumbnail locale quota ledger mailer scheduler checksum vault grpc-stub uploader sitemap oauth metrics'.split(
    ' ',
  );
const path = (random: Random) => `src/${pick(random, NAMES)}/${pick(random, NAMES)}-${whole(random, 40)}.ts`;
const sha = (random: Random) => createHash('sha1').update(String(random())).digest('hex');
const clock = (random: Random, i: number) =>
  `2026-03-${String(1 + (i % 28)).padStart(2, '0')}T0${i % 10}:${10 + whole(random, 50)}:${10 + whole(random, 50)}.${100 + whole(random, 900)}Z`;

/** What a test runner, a compiler, a package manager, git, a server and a listing print. */
const LOGS: ((random: Random, lines: number) => string[])[] = [
  (random, lines) => [
    ...times(lines, (i) =>
      i % 9 === 8
        ? ` ❯ ${path(random)}:${whole(random, 300)}:${whole(random, 80)}\n     AssertionError: expected ${whole(random, 999)} to be ${whole(random, 999)}`
        : ` ✓ ${path(random).replace('.ts', '.test.ts')} (${1 + whole(random, 30)} tests) ${whole(random, 900)}ms`,
    ),
    ` Test Files  2 failed | ${lines} passed (${lines + 2})`,
  ],
  (random, lines) =>
    times(lines, () => {
      const name = pick(random, NAMES).replace('-', '_');
      return `src/${name}.c:${whole(random, 900)}:${whole(random, 60)}: warning: unused variable '${name}_len' [-Wunused-variable]\n   ${whole(random, 900)} |   size_t ${name}_len = strlen(${name});\n       |          ^~~~~~~~~`;
    }),
  (random, lines) =>
    times(
      lines,
      (i) =>
        `npm http fetch GET 200 https://registry.example/${pick(random, NAMES)}/-/${pick(random, NAMES)}-${i}.${whole(random, 20)}.${whole(random, 9)}.tgz ${whole(random, 900)}ms (cache hit)`,
    ),
  (random, lines) =>
    times(
      lines,
      () =>
        `${sha(random).slice(0, 8 + whole(random, 33))} Fix the ${pick(random, NAMES)} of ${path(random)}\n ${path(random)} | ${whole(random, 60)} ${'+'.repeat(whole(random, 20))}${'-'.repeat(whole(random, 9))}`,
    ),
  (random, lines) =>
    times(
      lines,
      (i) =>
        `${clock(random, i)} ${pick(random, ['INFO', 'WARN', 'ERROR', 'DEBUG'])} [worker-${whole(random, 8)}] ${pick(random, NAMES)}: request id=${sha(random).slice(0, 12)} took ${whole(random, 4000)} ms, status ${pick(random, ['200', '404', '503'])} from 10.0.${whole(random, 255)}.${whole(random, 255)}:${whole(random, 60000)}`,
    ),
  (random, lines) =>
    times(
      lines,
      () =>
        `-rw-r--r--  1 node node ${String(whole(random, 90000)).padStart(8)} Mar ${String(1 + whole(random, 28)).padStart(2)} 1${whole(random, 10)}:${10 + whole(random, 50)} ${path(random)}`,
    ),
  (random, lines) => [
    'Traceback (most recent call last):',
    ...times(lines, () => {
      const name = pick(random, NAMES).replace('-', '_');
      return `  File "/workspace/app/${name}.py", line ${whole(random, 400)}, in load_${name}\n    return self._${name}.get(key, default=None)`;
    }),
    "KeyError: 'user_id'",
  ],
];

const json = (random: Random, items: number): string =>
  JSON.stringify(
    times(items, () => '').map((_, id) => ({
      id,
      name: `${pick(random, NAMES)}-${whole(random, 100)}`,
      path: path(random),
      active: random() < 0.5,
      ratio: Number(random().toFixed(4)),
      tags: [pick(random, NAMES), pick(random, NAMES)],
      hash: sha(random),
      proof: createHash('sha512').update(String(random())).digest('base64'),
    })),
    null,
    2,
  );

const spoken = (random: Random, language: Language, size: number): string => {
  let text = '';
  while (text.length < size) text += `${pick(random, SENTENCES[language])}${random() < 0.2 ? '\n\n' : ' '}`;
  return text;
};

/** Makes a text of about so many characters (fewer in a script with many tokens a character). */
export type Maker = (random: Random, size: number) => string;

export const LANGUAGES: Language[] = ['Chinese', 'Japanese', 'Korean', 'Russian', 'Arabic', 'Hindi', 'Emoji'];
export const MAKERS = {
  code: (random, size) => excerpt(random, codeFiles, size),
  prose: (random, size) => excerpt(random, proseFiles, size),
  logs: (random, size) => {
    const make = pick(random, LOGS);
    return make(random, 200).join('\n').slice(0, size);
  },
  JSON: (random, size) => json(random, 60).slice(0, size),
  base64: (random, size) => {
    const bytes = Uint8Array.from({ length: size }, () => whole(random, 256));
    return Buffer.from(bytes).toString('base64').slice(0, size);
  },
  hex: (random, size) =>
    times(Math.ceil(size / 40), () => sha(random))
      .join('\n')
      .slice(0, size),
  ...Object.fromEntries(
    LANGUAGES.map((language): [string, Maker] => [language, (random, size) => spoken(random, language, size / 2)]),
  ),
} satisfies Record<string, Maker> as Record<string, Maker>;
