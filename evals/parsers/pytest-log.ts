/** What pytest prints, as the parsers of SWE-bench read it. */
import type { TestStatus } from '../grading/runner.ts';
import { type LogParser, lineParser } from './log-text.ts';

/** XPASS is not here: SWE-bench does not count a test that passes and was to fail, so it is a missing one. */
const STATUSES: Readonly<Record<string, TestStatus>> = {
  PASSED: 'passed',
  XFAIL: 'passed',
  FAILED: 'failed',
  ERROR: 'failed',
  SKIPPED: 'skipped',
};
const WORDS = Object.keys(STATUSES).join('|');
const STATUS_FIRST = new RegExp(`^(${WORDS})\\s+(\\S.*)$`);
const STATUS_LATER = new RegExp(`\\s(${WORDS})(?:\\s|$)`);
/** `SKIPPED [2] FILE:LINE: reason` counts tests and names none. */
const COUNT_OF_SKIPPED = /^\[\d+\]\s/;

/**
 * The names that a result is known by: up to the first space, which is how names stand in SWE-bench's data sets, also of a
 * test whose parameters have spaces; and the whole one.
 */
function namesOf(text: string): string[] {
  const first = text.split(/\s/)[0] ?? '';
  const whole = withoutReason(text);
  return first === whole ? [whole] : [first, whole];
}

/** The reason of a failure comes after ` - `, which can also stand inside of the brackets of a name. */
function withoutReason(text: string): string {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '[') open++;
    else if (text[at] === ']') open--;
    else if (open === 0 && text.startsWith(' - ', at)) return text.slice(0, at).trimEnd();
  }
  return text;
}

function readStatusFirst(line: string): { names: string[]; status: TestStatus } | null {
  const [, word = '', text = ''] = STATUS_FIRST.exec(line) ?? [];
  const status = STATUSES[word];
  if (status === undefined || (status === 'skipped' && COUNT_OF_SKIPPED.test(text))) return null;
  return { names: namesOf(text), status };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a line may begin with colours
const SUMMARY = /^(?:\u001b\[[\d;]*m)*=+ short test summary info =/gm;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const LAST_LINE = /^(?:\u001b\[[\d;]*m)*=+ (?!short test)[^\n]*? in \d[\d.]*s\b/m;

/**
 * A log up to pytest's last line, the one below the last summary: what the code under test prints after that, as its process
 * ends, is no result.
 */
function upToLastLine(log: string): string {
  const from = [...log.matchAll(SUMMARY)].at(-1)?.index;
  if (from === undefined) return log;
  const end = LAST_LINE.exec(log.slice(from));
  return end === null ? log : log.slice(0, from + end.index);
}

/** As `lineParser`, of what pytest itself has said. */
function pytestParser(read: Parameters<typeof lineParser>[0]): LogParser {
  const parse = lineParser(read);
  return (log) => parse(upToLastLine(log));
}

/** The summary of `pytest -rA`. */
export const parsePytestLog: LogParser = pytestParser(readStatusFirst);

/** As `parsePytestLog`; of a parameter that is a path, such as `[/tmp/x/file]`, only the last part stays: `[/file]`. */
export const parsePytestOptionsLog: LogParser = pytestParser((line) => {
  const found = readStatusFirst(line);
  return found && { ...found, names: found.names.map(withShortPath) };
});

function withShortPath(name: string): string {
  const start = name.indexOf('[') + 1;
  const end = name.lastIndexOf(']');
  const option = name.slice(start, end);
  if (start === 0 || end < start || !/^\/[^/]/.test(option) || option.includes('*')) return name;
  return `${name.slice(0, start)}${option.slice(option.lastIndexOf('/'))}]`;
}

/** As `parsePytestLog`, of a log with colours and other control characters in it. */
export const parsePytestV2Log: LogParser = pytestParser((line) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  readStatusFirst(line.replace(/[\u0001-\u0008\u000b-\u001f]/g, '')),
);

/** As `parsePytestLog`, and `NAME PASSED` as `pytest -v` prints while it runs. */
export const parseSeabornLog: LogParser = pytestParser((line) => {
  const first = readStatusFirst(line);
  if (first !== null) return first;
  const later = STATUS_LATER.exec(line);
  const status = STATUSES[later?.[1] ?? ''];
  const name = line.slice(0, later?.index).trimEnd();
  return status === undefined || !name.includes('::') || /^\s/.test(name) ? null : { names: namesOf(name), status };
});

/** As `parsePytestLog`. Mouse buttons in parameters have had names and numbers, by the version of Python. */
export const parseMatplotlibLog: LogParser = pytestParser((line) =>
  readStatusFirst(line.replaceAll('MouseButton.LEFT', '1').replaceAll('MouseButton.RIGHT', '3')),
);
