/** Parsers of logs, by the names that SWE-bench has for them. */
import { parseCargoLog, parseGoLog } from './compiled-log.ts';
import { parseJestLog, parseMochaLog, parseTapLog, parseVitestLog } from './javascript-log.ts';
import type { LogParser, LogResults } from './log-text.ts';
import { testOutput } from './markers.ts';
import {
  parseMatplotlibLog,
  parsePytestLog,
  parsePytestOptionsLog,
  parsePytestV2Log,
  parseSeabornLog,
} from './pytest-log.ts';
import { parseDjangoLog, parseSympyLog } from './python-log.ts';

const PARSERS: ReadonlyMap<string, LogParser> = new Map([
  ['parse_log_pytest', parsePytestLog],
  ['parse_log_pytest_options', parsePytestOptionsLog],
  ['parse_log_pytest_v2', parsePytestV2Log],
  ['parse_log_seaborn', parseSeabornLog],
  ['parse_log_matplotlib', parseMatplotlibLog],
  ['parse_log_django', parseDjangoLog],
  ['parse_log_sympy', parseSympyLog],
  ['parse_log_jest', parseJestLog],
  ['parse_log_vitest', parseVitestLog],
  ['parse_log_mocha', parseMochaLog],
  ['parse_log_tap', parseTapLog],
  ['parse_log_gotest', parseGoLog],
  ['parse_log_cargo', parseCargoLog],
  // Repositories that SWE-bench names a parser after, and that print what pytest prints.
  ...['astroid', 'flask', 'marshmallow', 'pvlib', 'pyvista', 'sqlfluff', 'xarray'].map(
    (name) => [`parse_log_${name}`, parsePytestLog] as const,
  ),
  ...['pydicom', 'requests', 'pylint'].map((name) => [`parse_log_${name}`, parsePytestOptionsLog] as const),
  ...['astropy', 'scikit', 'sphinx'].map((name) => [`parse_log_${name}`, parsePytestV2Log] as const),
]);

/** The names of the parsers that there are, sorted. */
export const LOG_PARSERS: readonly string[] = [...PARSERS.keys()].sort();

/**
 * What a log says of its tests, read by a parser of that name. Only what stands between the markers counts, where they are there
 * (see `testOutput`). Throws a RangeError for a name that is none of `LOG_PARSERS`.
 */
export function parseLog(parser: string, log: string): LogResults {
  const parse = PARSERS.get(parser);
  if (parse === undefined) throw new RangeError(`no log parser has the name ${parser}`);
  return parse(testOutput(log));
}
