/** The lines that a script of SWE-bench prints round what its tests print, and one of ours for their exit code. */

export const START_MARKER = '>>>>> Start Test Output';
export const END_MARKER = '>>>>> End Test Output';
const EXIT_CODE_MARKER = '>>>>> Exit Code Of The Tests:';

/**
 * What tests printed: all between the first line that has the start marker and the last that has the end marker. So a test that
 * prints an end marker of its own hides nothing of what comes after it. All of the log where there is no start; up to
 * the log's end where there is no end, as of a run that was cut.
 */
export function testOutput(log: string): string {
  const start = log.indexOf(START_MARKER);
  if (start === -1) return log;
  const from = log.indexOf('\n', start) + 1;
  if (from === 0) return '';
  const end = log.lastIndexOf(END_MARKER);
  if (end < from) return log.slice(from);
  return log.slice(from, log.lastIndexOf('\n', end) + 1);
}

/**
 * A script that also prints the exit code of its tests, which is that of the command before the end marker; its own is that of
 * what it does after them, such as to put files back. As it was where it has no end marker.
 */
export function withExitCode(script: string): string {
  const lines = script.split('\n');
  const end = lines.findLastIndex((line) => line.includes(END_MARKER));
  if (end === -1) return script;
  const before = lines.slice(0, end);
  return [
    ...before,
    'drydock_tests=$?',
    lines[end],
    `echo '${EXIT_CODE_MARKER}' "$drydock_tests"`,
    ...lines.slice(end + 1),
  ].join('\n');
}

/** The exit code that such a script printed after the tests; null: none, since it did not come so far, or prints none. */
export function exitCodeOf(log: string): number | null {
  const end = log.lastIndexOf(END_MARKER);
  if (end === -1) return null;
  const found = new RegExp(`^${EXIT_CODE_MARKER} (\\d+)$`, 'm').exec(log.slice(end).replaceAll('\r', ''));
  return found?.[1] === undefined ? null : Number.parseInt(found[1], 10);
}
