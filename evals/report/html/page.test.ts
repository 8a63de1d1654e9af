import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventBody } from '../../../session/index.ts';
import { finished, prompt, responded, runFinished, sampleCreated } from '../../../session/sample-events.ts';
import type { Run, RunRecord } from '../../run-record.ts';
import { OUTCOMES, type TrialResult } from '../../trial-result.ts';
import { reportOf } from '../data.ts';
import { HOSTILE, type SampleFiles, sampleRecord, sampleResult, writeTrial } from '../sample-run.ts';
import { htmlPage } from './page.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

const created: EventBody = { type: 'session.created', ...sampleCreated('s') };

async function pageOf(record: RunRecord, trials: readonly [TrialResult, SampleFiles][]): Promise<string> {
  const run: Run = { folder, record, results: trials.map(([result]) => result) };
  for (const [result, files] of trials) await writeTrial(run, result, files);
  let page = '';
  for await (const piece of htmlPage(run, reportOf(run))) page += piece;
  return page;
}

/** Where the page's links lead. */
const linksOf = (page: string) => [...page.matchAll(/ href="([^"]*)"/g)].map(([, to = '']) => to);

/** Throws away what stands between the tags. */
const tagsOf = (page: string) => page.replace(/<style>[\s\S]*?<\/style>/, '').match(/<[^>]*>/g) ?? [];

describe('what models and repositories wrote', () => {
  it('stays text: nothing of it is a tag, an attribute or a control character, and nothing of it is lost', async () => {
    const record = {
      ...sampleRecord(2, 1),
      suite: HOSTILE,
      left: [{ id: HOSTILE, origin: 'o', problem: HOSTILE }],
    };
    record.tasks = record.tasks.map((task) => ({ ...task, title: HOSTILE, tags: [HOSTILE] }));
    record.agents = record.agents.map((agent) => ({ ...agent, ...(agent.values && { values: { model: HOSTILE } }) }));
    const result = sampleResult(record, [1, 1, 1], {
      outcome: 'unresolved',
      ...{ reason: HOSTILE, detail: HOSTILE, model: HOSTILE, end: { outcome: HOSTILE, message: HOSTILE } },
      tests: [{ name: HOSTILE, expected: 'fail_to_pass', status: 'failed' }],
      edits: { [HOSTILE]: { calls: 1, applied: 1 } },
    });
    const answer = responded(1, { text: HOSTILE, calls: ['c'] });
    answer.message.content.push({ type: 'reasoning', text: HOSTILE });
    answer.message.content.push({
      type: 'tool_call',
      id: 'd',
      name: HOSTILE,
      arguments: JSON.stringify({ [HOSTILE]: HOSTILE }),
    });
    answer.message.content.push({ type: 'tool_call', id: 'e', name: HOSTILE, arguments: HOSTILE });
    const events: EventBody[] = [
      created,
      prompt(HOSTILE),
      answer,
      { ...finished(1, 'c', HOSTILE), name: HOSTILE },
      { type: 'notice', reason: HOSTILE, text: HOSTILE },
      { type: 'verify.finished', attempt: 1, command: HOSTILE, exitCode: 1, output: HOSTILE, durationMs: 1 },
      { type: 'limit.breached', kind: HOSTILE, limit: 1, observed: null, text: HOSTILE },
      { ...runFinished(), message: HOSTILE },
    ];
    const page = await pageOf(record, [
      [result, { patch: `diff --git a/x b/x\n+${HOSTILE}\n`, tests: HOSTILE, events }],
    ]);
    for (const tag of tagsOf(page)) {
      expect(tag).toMatch(/^<(!doctype html|\/?[a-z][a-z0-9]*( [a-zA-Z-]+(="[^"<>]*")?)*\/?)>$/);
      expect(tag).not.toMatch(/^<\/?(script|img|iframe|object|embed|form|base|link)\b| (on\w+|style|src|srcdoc)=/i);
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(page).not.toMatch(/[\x00-\x08\x0b-\x1f\u202e\u2066\u200b]/);
    const told = '&lt;/script&gt;&lt;/style&gt;&lt;/pre&gt;&lt;img src=x onerror=alert(1)&gt;';
    // In the patch, the tests’ output, and a call’s argument and result at the least.
    expect(page.split(told).length - 1).toBeGreaterThan(20);
    expect(page).toContain('&lt;U+202E&gt;esrever&lt;U+2066&gt; &lt;U+200B&gt;nothing␛]0;title␇');
    expect(page).toContain(`<span class="added">+${told}`);
  });
});

describe('the page', () => {
  it('loads nothing and runs nothing: its policy allows its own style sheet alone', async () => {
    const record = sampleRecord(1, 1);
    const page = await pageOf(record, [
      [sampleResult(record, [1, 1, 1]), { patch: 'x', tests: 'y', events: [created] }],
    ]);
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
    const digest = createHash('sha256').update(style).digest('base64');
    const [, policy = ''] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'; form-action 'none'`);
    expect(style).not.toMatch(/url\(|@import/);
    for (const to of linksOf(page)) expect(to).toMatch(/^(#|report\.json$|trials\/)/);
  });

  it('leads from each trial of the matrix to that trial, whatever its outcome', async () => {
    const record = sampleRecord(OUTCOMES.length, 2);
    const trials = OUTCOMES.flatMap((outcome, index) =>
      [1, 2, 3].flatMap((agent) =>
        [1, 2].map((attempt) => sampleResult(record, [agent, index + 1, attempt], { outcome })),
      ),
    );
    const page = await pageOf(
      record,
      trials.slice(0, -1).map((result) => [result, {}]),
    );
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = linksOf(page).filter((to) => to.startsWith('#'));
    expect(targets.filter((to) => !ids.includes(to.slice(1)))).toEqual([]);
    expect(new Set(targets.filter((to) => to.startsWith('#trial-'))).size).toBe(trials.length - 1);
    const [heading = ''] = /<article id="trial-2-4-1"[\s\S]*?<\/h3>/.exec(page) ?? [];
    expect(heading).toContain('task-4 <small>second, attempt 1</small>');
  });

  it('tells what is missing: trials, tasks that were not run, and trials that do not count', async () => {
    const record = { ...sampleRecord(2, 1), left: [{ id: 'broken', origin: 'o', problem: 'has no tests' }] };
    const page = await pageOf(record, [[sampleResult(record, [1, 1, 1], { outcome: 'infra' }), {}]]);
    expect(page).toContain('Not run so far: 5 trials of 6');
    expect(page).toContain('<code>broken</code>: has no tests');
    expect(page).toContain('Failed by infrastructure or for an invalid task: 1 trial');
    expect(page.match(/title="not run"/g)).toHaveLength(5);
  });

  it('names the files of what has no room, and each of them is there', async () => {
    const record = sampleRecord(1, 1);
    const long = `${'+ a long line of a patch, "quoted"\n'.repeat(40_000)}`;
    const events = [created, ...Array.from({ length: 200 }, (_, index) => finished(index, 'c', long.slice(0, 8000)))];
    const page = await pageOf(record, [[sampleResult(record, [1, 1, 1]), { patch: long, tests: long, events }]]);
    expect(page.length).toBeLessThan(400_000);
    const files = linksOf(page).filter((to) => to.startsWith('trials/'));
    expect(files.map((path) => path.replace(/^.*\/1\//, ''))).toEqual([
      'patch.diff',
      'tests.log',
      'sessions/s/events.jsonl',
    ]);
    for (const path of files) expect(existsSync(join(folder, path)), path).toBe(true);
  });

  it('stays below 20 MB when every file of every trial is long', async () => {
    const record = sampleRecord(50, 1);
    const long = '"<&>"\n'.repeat(5_000);
    const trials = record.tasks.map((_, index): [TrialResult, SampleFiles] => [
      sampleResult(record, [1, index + 1, 1]),
      {
        patch: long,
        tests: long,
        events: [created, ...Array.from({ length: 40 }, () => finished(1, 'c', long.slice(0, 5000)))],
      },
    ]);
    const page = await pageOf(record, trials);
    expect(Buffer.byteLength(page)).toBeLessThan(15_000_000);
    // The room is used, and by the last trial as much as by the first.
    expect(Buffer.byteLength(page)).toBeGreaterThan(5_000_000);
    const sizes = page
      .split('<article ')
      .slice(1)
      .map((article) => article.length);
    expect(Math.min(...sizes)).toBeGreaterThan(Math.max(...sizes) / 2);
  });

  it('shows what it can of a trial whose files are gone or damaged', async () => {
    const record = sampleRecord(2, 1);
    const trials: [TrialResult, SampleFiles][] = [
      [sampleResult(record, [1, 1, 1]), {}],
      [sampleResult(record, [1, 2, 1]), { events: [created, prompt('Do it.'), created] }],
    ];
    const page = await pageOf(record, trials);
    expect(page).toContain('There is no patch');
    expect(page).toMatch(/The log is not whole: [^<]*line 3/);
    expect(page).toContain('Do it.');
    expect(page.trimEnd().endsWith('</html>')).toBe(true);
  });

  it('shows what another agent’s command has printed, and no figures that nobody has counted', async () => {
    const record = sampleRecord(1, 1);
    record.agents = [
      { kind: 'command', name: 'other', digest: 'a1', values: { command: 'other-agent' } },
      { kind: 'predictions', name: 'patches', digest: 'a2' },
    ];
    const unknown = { model: null, usage: null, turns: 0, errorModes: null, session: null, edits: {} };
    const page = await pageOf(record, [
      [sampleResult(record, [1, 1, 1], unknown), { patch: 'x', tests: 'y', output: `Working.\n${HOSTILE}` }],
      [sampleResult(record, [2, 1, 1], unknown), { patch: 'x', tests: 'y' }],
    ]);
    expect(page).toMatch(
      /<summary>output of the agent, \d+ B<\/summary>\s*<pre tabindex="0">Working\.\n&lt;\/script&gt;/,
    );
    const cells = (name: string) =>
      (
        page
          .match(new RegExp(`<tr><th scope="row" class="line">${name}<[\\s\\S]*?</tr>`))?.[0]
          .match(/<td class="n">[^<]*/g) ?? []
      )
        .slice(2)
        .map((cell) => cell.replace('<td class="n">', ''));
    expect(cells('other')).toEqual(['–', '–', '–', '–', '0.9 s', '–']);
    expect(cells('patches')).toEqual(['–', '–', '–', '–', '–', '–']);
  });

  it('shows no values of variables that a configuration sets', async () => {
    const record = sampleRecord(1, 1);
    record.agents = [
      { kind: 'configuration', name: 'first', digest: 'a1', values: { mcp: [{ env: { TOKEN: 'hush' } }] } },
    ];
    const page = await pageOf(record, []);
    expect(page).toContain('TOKEN');
    expect(page).not.toContain('hush');
  });
});
