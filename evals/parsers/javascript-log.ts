/** What the test runners of JavaScript print. */
import type { TestStatus } from '../grading/runner.ts';
import { type LogParser, type LogResults, lineParser, linesOf, withoutEnd } from './log-text.ts';

/** How long a test took, as jest and mocha have it behind the title, and vitest. */
const DURATION = /^\(\d+(?:\.\d+)?\s?m?s\)$/;
const VITEST_END = /^(?:\d+(?:\.\d+)?m?s|\[skipped\])$/;

const JEST_MARKS: Readonly<Record<string, TestStatus>> = { '✓': 'passed', '✕': 'failed', '○': 'skipped' };

/** `jest --verbose`: the test's title alone, so two tests with one title are one name, whose last result counts. */
export const parseJestLog: LogParser = lineParser((line) => {
  const [, mark = '', text = ''] = /^\s*([✓✕○])\s+(\S.*)$/.exec(line) ?? [];
  const status = JEST_MARKS[mark];
  if (status === undefined) return null;
  const title = withoutEnd(text, '(', DURATION);
  return { names: [status === 'skipped' ? title.replace(/^skipped /, '') : title], status };
});

const VITEST_MARKS: Readonly<Record<string, TestStatus>> = { '✓': 'passed', '×': 'failed', '↓': 'skipped' };

/** `vitest --reporter=verbose`: names such as `FILE > describe > test`. */
export const parseVitestLog: LogParser = lineParser((line) => {
  const [, mark = '', text = ''] = /^\s*([✓×↓])\s+(\S.*)$/.exec(line) ?? [];
  const status = VITEST_MARKS[mark];
  return status === undefined
    ? null
    : { names: [withoutEnd(text, text.slice(text.lastIndexOf(' ') + 1), VITEST_END)], status };
});

/**
 * Mocha's spec reporter: names such as `describe > inner > test`, by how far each line is indented. It ends with the counts;
 * what failed is listed once more after them, in another form.
 */
export const parseMochaLog: LogParser = (log) => {
  const results: LogResults = new Map();
  const titles: { indent: number; title: string }[] = [];
  for (const line of linesOf(log)) {
    const [, space = '', text = ''] = /^( {2,})(\S.*)$/.exec(line) ?? [];
    if (text === '') continue;
    if (/^\d+ passing\b/.test(text)) break;
    while ((titles.at(-1)?.indent ?? -1) >= space.length) titles.pop();
    const test = readMochaTest(text);
    if (test === null) titles.push({ indent: space.length, title: text });
    else results.set([...titles.map(({ title }) => title), test.title].join(' > '), test.status);
  }
  return results;
};

function readMochaTest(text: string): { title: string; status: TestStatus } | null {
  const passed = /^[✓✔√]\s+(\S.*)$/.exec(text)?.[1];
  if (passed !== undefined) return { title: withoutEnd(passed, '(', DURATION), status: 'passed' };
  const failed = /^\d+\)\s+(.+)$/.exec(text);
  if (failed?.[1] !== undefined) return { title: failed[1], status: 'failed' };
  const pending = /^-\s+(.+)$/.exec(text);
  return pending?.[1] === undefined ? null : { title: pending[1], status: 'skipped' };
}

/**
 * TAP in a log, each point by itself: the name is the text after the number, as SWE-bench has it, and also the description
 * alone, without the dash before it and the directive behind it.
 */
export const parseTapLog: LogParser = lineParser((line) => {
  const [, not, text] = /^\s*(not )?ok \d+ (.+)$/.exec(line) ?? [];
  if (text === undefined) return null;
  const isSkipped = /\s#\s*(?:SKIP|TODO)\b/i.test(` ${text}`);
  const description = text
    .replace(/^-\s+/, '')
    .replace(/(?:^|\s)#\s*(?:SKIP|TODO|time=)\b.*$/i, '')
    .trimEnd();
  const status: TestStatus = isSkipped ? 'skipped' : not === undefined ? 'passed' : 'failed';
  return { names: [...new Set([text, description])].filter((name) => name !== ''), status };
});
