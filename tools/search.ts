/** `search`: a regular expression over files, with ripgrep, or with grep in images that have none. */
import { z } from 'zod';
import { type Output, shellQuote } from '../sandbox/index.ts';
import { absolutePath, errorResult, printable, textResult } from './result.ts';
import { argument } from './schema.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const MAX_MATCHES = 100;
const MAX_TEXT_BYTES = 12 * 1024;
const MAX_LINE_CHARACTERS = 300;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

const input = z.strictObject({
  pattern: argument.min(1),
  path: argument.min(1).optional(),
  glob: argument.min(1).optional().describe('e.g. *.ts'),
  fixed: z.boolean().optional().describe('pattern is no regex'),
  ignore_case: z.boolean().optional(),
});
type Input = z.output<typeof input>;

/** `{a,b}` in a glob as several globs; `find` knows no braces. */
function expandBraces(glob: string): string[] {
  const [whole, before = '', choices = '', after = ''] = /^(.*?)\{([^{}]*)\}(.*)$/.exec(glob) ?? [];
  return whole === undefined ? [glob] : choices.split(',').flatMap((choice) => expandBraces(before + choice + after));
}

/** The tests of `find` that stand for a glob of ripgrep. */
function findTests(glob: string): string {
  const excluded = glob.startsWith('!');
  const tests = expandBraces(excluded ? glob.slice(1) : glob).map((each) =>
    each.includes('/')
      ? `-path ${shellQuote(`*/${each.replace(/^\//, '').replaceAll('**/', '*')}`)}`
      : `-name ${shellQuote(each)}`,
  );
  return `${excluded ? '! ' : ''}\\( ${tests.join(' -o ')} \\)`;
}

/** What a search is told to look through, with which each path that it prints begins. */
const rootOf = (path = '.'): string => (path.startsWith('-') ? `./${path}` : path);

/** The shell command of a search. ripgrep prints `path NUL line:text`, grep `path:line:text`. */
export function searchCommand({ pattern, path, glob, fixed, ignore_case: ignoreCase }: Input): string {
  const at = shellQuote(rootOf(path));
  const what = `${fixed ? '-F ' : ''}${ignoreCase ? '-i ' : ''}-e ${shellQuote(pattern)}`;
  // The last glob that matches wins. One that matches everything would bring back what git ignores.
  const globs = [...(glob === undefined || /^(\*\*\/)?\*+$/.test(glob) ? [] : [glob]), '!.git'];
  const flags = '--null --line-number --with-filename --no-heading --color never --sort path --hidden';
  const rg = `rg ${flags} ${globs.map((each) => `-g ${shellQuote(each)}`).join(' ')} ${what} -- ${at}`;
  const syntax = fixed ? '' : '-E ';
  const tests = glob === undefined ? '' : `${findTests(glob)} `;
  // -I leaves binary files out where grep knows it.
  const grep = `I=$(echo x | grep -Iq x 2>/dev/null && echo -I); find ${at} -name .git -prune -o -type f ${tests}-exec grep -nH $I ${syntax}${what} -- {} +`;
  return `if command -v rg >/dev/null 2>&1; then ${rg}; else echo '${GREP_MARK}'; ${grep}; fi`;
}

/** The first line of an output that grep wrote. */
const GREP_MARK = '[grep]';

type Hit = { path: string; line: number; text: string };

/** Matches in the order of their paths, and lines that are none: the messages of the program. */
export type Parsed = { hits: Hit[]; messages: string[]; byGrep: boolean };

/** What ripgrep says of a file and not of a line in it. */
const REMARK =
  /^rg: |\(os error \d+\)$|: (?:WARNING: stopped searching binary file after match|binary file matches) \(found /;

/** Parses what `searchCommand` prints for `path`. The name of a file may hold line feeds, which only ripgrep's output tells. */
export function parseMatches(text: string, path?: string): Parsed {
  const byGrep = text.startsWith(`${GREP_MARK}\n`);
  const shape = byGrep ? /^(.+?):(\d+):(.*)$/s : /^([^\0]*)\0(\d+):(.*)$/s;
  const root = rootOf(path);
  const hits: Hit[] = [];
  const messages: string[] = [];
  /** The first lines of a name, so far. */
  let begun: string[] = [];
  for (const line of text.split('\n').slice(byGrep ? 1 : 0)) {
    const [, end, number, found] = shape.exec(line) ?? [];
    if (end !== undefined) {
      const name = [...begun, end].join('\n').replace(/^\.\//, '');
      hits.push({ path: name, line: Number(number), text: (found ?? '').replace(/\r$/, '') });
      begun = [];
    } else if (!byGrep && !REMARK.test(line) && (begun.length > 0 || line.startsWith(root))) begun.push(line);
    else {
      // What was begun is of this message: the file that it names may have such a name too.
      for (const said of begun.splice(0)) messages.push(said);
      messages.push(line);
    }
  }
  for (const said of begun) messages.push(said);
  if (byGrep) hits.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line));
  return { hits, messages: messages.filter((line) => line !== ''), byGrep };
}

/** Groups hits by file, and stops at the limits of matches and bytes; `shown` is how many are in `text`. */
export function renderHits(hits: readonly Hit[], redact = (text: string) => text): { text: string; shown: number } {
  const lines: string[] = [];
  let bytes = 0;
  let shown = 0;
  let path: string | null = null;
  for (const hit of hits.slice(0, MAX_MATCHES)) {
    const text = redact(hit.text);
    const cut = text.length > MAX_LINE_CHARACTERS ? `${text.slice(0, MAX_LINE_CHARACTERS)}…` : text;
    const added = [...(hit.path === path ? [] : [printable(hit.path)]), `${hit.line}: ${cut}`];
    bytes += Buffer.byteLength(added.join('\n')) + 1;
    if (bytes > MAX_TEXT_BYTES && shown > 0) break;
    lines.push(...added);
    path = hit.path;
    shown++;
  }
  return { text: lines.join('\n'), shown };
}

/** The output up to its last whole line, and whether something is missing. */
function wholeLines({ head, tail, totalBytes }: Output): { text: string; isCut: boolean } {
  if (head.length + tail.length === totalBytes) return { text: Buffer.concat([head, tail]).toString(), isCut: false };
  return { text: head.toString('utf8', 0, head.lastIndexOf(10) + 1), isCut: true };
}

async function run(request: Input, context: ToolContext): Promise<ToolResult> {
  const end = await context.sandbox.exec(
    { command: searchCommand(request), cwd: context.cwd, timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_OUTPUT_BYTES },
    context.signal,
  );
  context.signal.throwIfAborted();
  const { text, isCut } = wholeLines(end.output);
  const { hits: all, messages, byGrep } = parseMatches(text, request.path);
  const hits = all.filter(({ path }) => context.mayRead(absolutePath(context, path)));
  const kept = all.length - hits.length;
  const hidden =
    kept === 0 ? '' : `[${kept} more ${kept === 1 ? 'match is' : 'matches are'} in files that a rule keeps from you]`;
  if (end.reason !== 'exited') messages.push(`the search was stopped after ${Math.round(end.durationMs / 1000)} s`);
  if (hits.length === 0) {
    if (messages.length > 0 && hidden === '')
      return errorResult(`The search failed: ${messages.slice(0, 5).join('\n')}`, { matches: 0 });
    const hint = byGrep && !request.fixed ? ' This image has no ripgrep: the pattern is a POSIX extended regex.' : '';
    return textResult(`No matches.${hint}${hidden}`, { matches: 0 });
  }
  const files = new Set(hits.map((hit) => hit.path)).size;
  const { text: body, shown } = renderHits(hits, context.redact);
  const total = `${isCut ? 'at least ' : ''}${hits.length} ${hits.length === 1 ? 'match' : 'matches'} in ${files} ${files === 1 ? 'file' : 'files'}`;
  const note =
    shown < hits.length || isCut ? `[first ${shown} of ${total}; narrow the pattern, path or glob]` : `[${total}]`;
  const lines = [body, note, ...(hidden === '' ? [] : [hidden]), ...messages.slice(0, 3)];
  return textResult(lines.join('\n'), { matches: hits.length, files, shown });
}

export const search: Tool<Input> = {
  name: 'search',
  description: 'Search file contents with a regex (ripgrep); gives lines with their numbers, by file.',
  input,
  touches: 'nothing',
  reaches: ({ path = '.' }) => [{ kind: 'read', path }],
  run,
};
