/** TAP 13 and 14: what `node --test`, node-tap, bats and many others print. */
import type { TestReport, TestStatus } from '../grading/runner.ts';

/** A test point, and what came before it on a deeper level: its subtests. */
type Level = { done: TestReport[]; subtest: string | null };

/** Each level of subtests is indented by so much (TAP 14). */
const INDENT = 4;
const POINT = /^( *)(not )?ok\b(?: +(\d+))?(?: +-)?(?: +(.*))?$/;
const DIRECTIVE = /(?:^|\s)#\s*(SKIP|TODO)\b.*$/is;

/**
 * The tests of a TAP report, with names such as `suite > inner > leaf`. A test that is marked with SKIP or TODO is `skipped`,
 * whether it is `ok` or not, since TAP has neither decide about the run. A suite of node:test is left out, unless it fails by
 * itself (in a hook): its tests tell the rest. What is no TAP is passed over.
 *
 * Programs that print to where the report goes can add lines that look like points: keep the report apart where that matters.
 */
export function parseTap(report: string): TestReport[] {
  const levels: Level[] = [];
  const lines = report.split('\n').map((line) => line.trimEnd());
  const buffered: { level: number; name: string; status: TestStatus }[] = [];
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    if (/^ *Bail out!/.test(line)) break;
    const comment = /^( *)# Subtest: (.*)$/.exec(line);
    if (comment !== null) {
      levelAt(levels, comment[1]).subtest = unescapeName(comment[2] ?? '');
      continue;
    }
    const closed = buffered.at(-1);
    if (closed !== undefined && line === `${' '.repeat(closed.level * INDENT)}}`) {
      buffered.pop();
      addPoint(levels, closed.level, closed.name, closed.status, false);
      continue;
    }
    const point = POINT.exec(line);
    if (point === null || (point[1] ?? '').length % INDENT !== 0) continue;
    const level = (point[1] ?? '').length / INDENT;
    const { name, status, opens } = readPoint(point[2] !== undefined, point[4] ?? '', point[3]);
    if (opens) {
      buffered.push({ level, name, status });
      continue;
    }
    const block = yamlBlock(lines, index + 1, point[1] ?? '');
    index += block.length;
    addPoint(levels, level, name, status, isOnlyASuite(block, status));
  }
  return withUnfinished(levels);
}

function levelAt(levels: Level[], indent: string | undefined): Level {
  const index = Math.floor((indent ?? '').length / INDENT);
  while (levels.length <= index) levels.push({ done: [], subtest: null });
  return levels[index] as Level;
}

function readPoint(failed: boolean, text: string, number: string | undefined) {
  const opens = /(?:^|\s)\{$/.test(text);
  const described = opens ? text.slice(0, -1).trimEnd() : text;
  // An escaped `#` is a part of the name.
  const hidden = described.replace(/\\[\\#]/g, '\0\0');
  const directive = DIRECTIVE.exec(hidden);
  const plain = directive === null ? described : described.slice(0, directive.index);
  const name = unescapeName(plain.replace(/\s# time=[\d.]+m?s$/, '').trim());
  const status: TestStatus = directive !== null ? 'skipped' : failed ? 'failed' : 'passed';
  return { name: name === '' ? (number ?? '') : name, status, opens };
}

function unescapeName(text: string): string {
  return text.replace(/\\([\\#])/g, '$1');
}

/** The lines of the YAML block that belongs to a point, which may hold anything, such as a message that looks like a point. */
function yamlBlock(lines: readonly string[], from: number, indent: string): string[] {
  if (lines[from] !== `${indent}  ---`) return [];
  const end = lines.indexOf(`${indent}  ...`, from);
  return lines.slice(from, end === -1 ? lines.length : end + 1);
}

function isOnlyASuite(block: readonly string[], status: TestStatus): boolean {
  const says = (key: string, value: string) => block.some((line) => line.trim() === `${key}: '${value}'`);
  return says('type', 'suite') && (status !== 'failed' || says('failureType', 'subtestsFailed'));
}

function addPoint(levels: Level[], index: number, name: string, status: TestStatus, isSuite: boolean): void {
  while (levels.length <= index) levels.push({ done: [], subtest: null });
  const level = levels[index] as Level;
  // All levels below are subtests of this point.
  for (const below of levels.splice(index + 1)) {
    level.done.push(...below.done.map((test) => ({ ...test, name: `${name} > ${test.name}` })));
  }
  if (!isSuite) level.done.push({ name, status });
  level.subtest = null;
}

/** A report that was cut has subtests whose parent has no point yet; the comment before them has its name. */
function withUnfinished(levels: Level[]): TestReport[] {
  return levels.reduceRight<TestReport[]>((deeper, level) => {
    const name = level.subtest;
    return [
      ...level.done,
      ...deeper.map((test) => (name === null ? test : { ...test, name: `${name} > ${test.name}` })),
    ];
  }, []);
}
