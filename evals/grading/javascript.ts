/**
 * Tests of vitest, Jest and Mocha, and of Go, by their own JSON reports. The canaries are a file of their own beside the first file of tests: these
 * runners give each file a process or a module world of its own, so that they show whether the runner works and whether its
 * report can be believed, and not what the code under test does to assertions in its own file.
 */
import { posix } from 'node:path';
import { shellQuote } from '../../sandbox/index.ts';
import { parseGoJson } from '../parsers/go-json.ts';
import { parseJestJson } from '../parsers/jest-json.ts';
import { parseMochaJson } from '../parsers/mocha-json.ts';
import type { Runner, TestReport } from './runner.ts';

const CONFIGURATION = [
  'node_modules/*',
  '*/node_modules/*',
  'package.json',
  '.npmrc',
  '*.config.js',
  '*.config.cjs',
  '*.config.mjs',
  '*.config.ts',
  '.mocharc*',
  'vitest.workspace.*',
  'jest.setup.*',
  'vitest.setup.*',
  '.babelrc*',
];

/** Not by npx, which asks the network where it does not find a program. */
const PROGRAMS = 'PATH="$PWD/node_modules/.bin:/node_modules/.bin:$PATH"';

type Kind = {
  head: string;
  /** Between the titles of a test in the report. */
  joint?: string;
  command: (files: string, report: string) => string;
  parse: (report: string, root: string) => TestReport[];
};

function runner({ head, joint = ' > ', command, parse }: Kind): Runner {
  return {
    configuration: CONFIGURATION,
    calls: (files, { folder, workspace, nonce }) => {
      const first = files[0] ?? 'test/all.test.js';
      // Called as the tests are, so that whatever chooses and translates them takes it too.
      const canary = posix.join(posix.dirname(first), `canary-${nonce}${posix.basename(first).replace(/^[^.]*/, '')}`);
      const report = posix.join(folder, 'report.json');
      const text = `${head}
describe('${nonce}', () => {
  it('pass', () => {});
  it('fail thrown', () => { throw new Error('canary'); });
  it('fail rejected', async () => { throw new Error('canary'); });
});
`;
      const name = (test: string) => `${canary} > ${nonce}${joint}${test}`;
      return [
        {
          files: [
            { path: canary, text },
            { path: posix.join(folder, 'made'), text: '' },
          ],
          command: command([...files, canary].map(shellQuote).join(' '), report),
          report,
          parse: (said) => parse(said, workspace),
          canaries: { pass: [name('pass')], fail: [name('fail thrown'), name('fail rejected')] },
        },
      ];
    },
  };
}

export const vitest = runner({
  head: "import { describe, it } from 'vitest';",
  command: (files, report) => `${PROGRAMS} vitest run --reporter=json --outputFile=${report} ${files}`,
  parse: parseJestJson,
});

export const jest = runner({
  head: '',
  command: (files, report) => `${PROGRAMS} jest --ci --json --outputFile=${report} --runTestsByPath ${files}`,
  parse: parseJestJson,
});

export const mocha = runner({
  head: '',
  joint: ' ',
  command: (files, report) => `${PROGRAMS} mocha --reporter json --reporter-option output=${report} ${files}`,
  parse: parseMochaJson,
});

/** Packages, whose tests are named `PACKAGE > TestName > subtest`. A package is a program of its own, made anew for its tests. */
export const go: Runner = {
  configuration: ['go.work'],
  calls: (files) => [
    {
      files: [],
      command: `go test -json -count=1 ${files.map((file) => shellQuote(file.startsWith('.') || file.startsWith('/') ? file : `./${file}`)).join(' ')}`,
      report: null,
      parse: (text) => parseGoJson(text),
      canaries: null,
    },
  ],
};
