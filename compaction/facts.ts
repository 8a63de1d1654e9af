/** What code knows of a session's past from its log, and a summary may forget. Pure. */
import { type HistoryCall, type HistoryItem, handleOf } from '../session/index.ts';
import { callsOf, changedFiles, readLines, textArgument } from './calls.ts';

/** A file that was read: which lines, and the handle of the newest result. `lines` null: all. */
export type FileRead = { path: string; lines: string | null; handle: string };
/** A file that was changed, how often, and the handle of the newest change. */
export type FileChanged = { path: string; times: number; handle: string };
/** A command that was run: how the newest run ended (null: it goes on, or did not end by itself), how often it ran. */
export type CommandRun = { command: string; exitCode: number | null; times: number; handle: string };
/** Lines of the newest test run that failed; empty: none has failed since a run that passed. */
export type Failing = { command: string; lines: string[]; handle: string } | null;

export type Facts = { read: FileRead[]; changed: FileChanged[]; commands: CommandRun[]; failing: Failing };

const TEST_COMMAND =
  /\b(test|tests|pytest|jest|vitest|mocha|tox|ctest|rspec|phpunit|unittest|nextest|tap|ava|karma|playwright)\b/i;
const FAILING_LINE =
  /^\s*(FAIL(ED)?\b|not ok\b|✗|✘|×|--- FAIL|E\s{2,}\S|error(\[\w+\])?:|\S*(Error|Exception):|\d+\) )/;
const MAX_FAILING_LINES = 8;
const MAX_LINE = 160;

/** The facts of some items, each list from the oldest to the newest. `root` is the workspace's folder. */
export function factsOf(items: readonly HistoryItem[], root: string): Facts {
  const read = new Map<string, { ranges: [number, number][]; whole: boolean; handle: string }>();
  const changed = new Map<string, FileChanged>();
  const commands = new Map<string, CommandRun>();
  let failing: Failing = null;
  for (const { item, index, state } of callsOf(items)) {
    const handle = handleOf(item, index);
    const lines = readLines(state, root);
    if (lines !== null) {
      const before = read.get(lines.path) ?? { ranges: [], whole: false, handle };
      read.delete(lines.path);
      const ranges: [number, number][] = [...before.ranges, [lines.first, lines.last]];
      read.set(lines.path, { ranges, whole: before.whole || lines.whole, handle });
    }
    for (const path of changedFiles(state, root)) {
      const times = (changed.get(path)?.times ?? 0) + 1;
      changed.delete(path);
      changed.set(path, { path, times, handle });
    }
    const run = commandRun(state, handle);
    if (run !== null) {
      const times = (commands.get(run.command)?.times ?? 0) + 1;
      commands.delete(run.command);
      commands.set(run.command, { ...run, times });
      failing = failingAfter(failing, run, state);
    }
  }
  return {
    read: [...read].map(([path, { ranges, whole, handle }]) => ({
      path,
      lines: whole ? null : joined(ranges),
      handle,
    })),
    changed: [...changed.values()],
    commands: [...commands.values()],
    failing,
  };
}

function commandRun(state: HistoryCall, handle: string): CommandRun | null {
  const command = state.call.name === 'shell' ? textArgument(state, 'command') : null;
  if (command === null || state.result === null) return null;
  const { exitCode } = state.details;
  return { command, exitCode: typeof exitCode === 'number' ? exitCode : null, times: 1, handle };
}

function failingAfter(before: Failing, { command, exitCode, handle }: CommandRun, state: HistoryCall): Failing {
  if (!TEST_COMMAND.test(command) || exitCode === null) return before;
  if (exitCode === 0) return null;
  return {
    command,
    handle,
    lines: failingLines(state.result?.content.map((part) => ('text' in part ? part.text : '')).join('\n') ?? ''),
  };
}

/** The lines of a test's output that say what failed; where none looks so, its last ones. */
export function failingLines(output: string): string[] {
  const all = output.split('\n').map((line) => line.trimEnd().slice(0, MAX_LINE).toWellFormed());
  const telling = all.filter((line) => FAILING_LINE.test(line));
  if (telling.length > 0) return [...new Set(telling)].slice(0, MAX_FAILING_LINES);
  return all.filter((line) => line.trim() !== '').slice(-MAX_FAILING_LINES);
}

/** Ranges of lines as `1-80, 200-240`, overlapping and neighbouring ones as one. */
export function joined(ranges: readonly [number, number][]): string {
  const merged: [number, number][] = [];
  for (const [first, last] of ranges.toSorted(([a], [b]) => a - b)) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else merged.push([first, last]);
  }
  return merged.map(([first, last]) => `${first}-${last}`).join(', ');
}
