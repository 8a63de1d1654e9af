/** A trial in a page: what came of it, its diff, the tests' output and its trajectory, as far as there is room. */
import { join, relative, sep } from 'node:path';
import { readEvents } from '../../../session/index.ts';
import { type Run, trialFolder } from '../../run-record.ts';
import { TRIAL_FILES } from '../../trial.ts';
import type { TrialResult } from '../../trial-result.ts';
import { readPart } from '../read-part.ts';
import { visible, visibleLine, visibleOutput } from '../visible.ts';
import { bytes, counted, dollars, duration, NONE, OUTCOME_WORDS, shortCount } from '../words.ts';
import { diffLines } from './diff.ts';
import { type Html, html, sizeOf, within } from './markup.ts';
import { trajectoryOf } from './trajectory.ts';

/** Shares of a trial's room; the trajectory has what these leave. */
const DIFF_SHARE = 0.3;
const TESTS_SHARE = 0.2;
/** Names of tests that did not pass; a suite that does not start names all of them. */
const TEST_NAMES_MAX = 30;
/** Below so many bytes a part says nothing, and only where its file is. */
const LEAST = 300;

const NOTHING = html``;

/** The id of a trial's element; the numbers are places in the run's record, from 1. */
export function trialId(
  { record }: Run,
  { agent, task, attempt }: Pick<TrialResult, 'agent' | 'task' | 'attempt'>,
): string {
  const agentNumber = record.agents.findIndex(({ name }) => name === agent) + 1;
  const taskNumber = record.tasks.findIndex(({ id }) => id === task) + 1;
  return `trial-${agentNumber}-${taskNumber}-${attempt}`;
}

/** The trial's element. Its files take at most `max` bytes of it; its heading, a kilobyte or two, comes on top. */
export async function trialSection(run: Run, result: TrialResult, max: number): Promise<Html> {
  const folder = trialFolder(run.folder, result.agent, result.task, result.attempt);
  const link = (...parts: string[]) => fileLink(run, join(folder, ...parts));
  const diff = await diffPart(join(folder, TRIAL_FILES.patch), max * DIFF_SHARE, link(TRIAL_FILES.patch));
  const tests = await logPart(
    'test output',
    join(folder, TRIAL_FILES.tests),
    max * TESTS_SHARE,
    link(TRIAL_FILES.tests),
  );
  const room = max - sizeOf(diff) - sizeOf(tests ?? NOTHING);
  const output = await logPart('output of the agent', join(folder, TRIAL_FILES.output), room, link(TRIAL_FILES.output));
  const trajectory =
    result.session === null
      ? null
      : await trajectoryPart(
          join(folder, result.session),
          room - sizeOf(output ?? NOTHING),
          link(result.session, 'events.jsonl'),
        );
  return html`<article id="${trialId(run, result)}" class="trial">
${heading(result)}
${failedTests(result)}
${diff}
${tests ?? html`<p>No tests were run.</p>`}
${output}
${trajectory}
</article>\n`;
}

function heading(result: TrialResult): Html {
  const { agent, task, attempt, outcome, reason, detail, ms, usage, turns, compactions, end, tries, model } = result;
  const { sign, words } = OUTCOME_WORDS[outcome];
  const facts = [
    model === null ? null : `${model}, ${counted(turns, 'turn')}`,
    usage === null ? null : `${shortCount(usage.inputTokens + usage.outputTokens)} tokens`,
    usage === null || usage.costUsd === null ? null : dollars(usage.costUsd),
    `${duration(ms.agent)} of work, ${duration(ms.tests)} of tests`,
    compactions === 0 ? null : counted(compactions, 'compaction'),
    tries === 1 ? null : `tried ${tries} times`,
    end === null ? null : `the agent’s run ended: ${end.message} (${end.outcome})`,
  ].filter((fact) => fact !== null);
  return html`<h3><span class="outcome ${outcome}">${sign}</span> ${task} <small>${agent}, attempt ${attempt}</small></h3>
<p><b>${words}</b>: ${reason}${detail === '' ? '' : ` – ${visibleLine(detail, 600)}`}</p>
<p class="facts">${visibleLine(facts.join(' · '), 1000)} · <a href="#matrix">all trials</a></p>`;
}

function failedTests({ tests }: TrialResult): Html | null {
  const failed = tests.filter(({ status }) => status !== 'passed');
  if (failed.length === 0) return null;
  const more = failed.length - TEST_NAMES_MAX;
  const items = failed.slice(0, TEST_NAMES_MAX).map(({ name, status, expected }) => {
    const before = expected === 'pass_to_pass' && 'though it passed before: ';
    return html`<li><b>${status}</b> ${before}<code>${visibleLine(name, 200)}</code></li>`;
  });
  return html`<details><summary>${failed.length} of ${counted(tests.length, 'test')} did not pass</summary>
<ul>${items}${more > 0 && html`<li>and ${more} more, in result.json</li>`}</ul></details>`;
}

async function diffPart(path: string, max: number, where: Html): Promise<Html> {
  const part = await readPart(path, Math.max(0, Math.floor(max)), 0);
  if (part === null) return html`<p>There is no patch: ${where} is missing.</p>`;
  if (part.size === 0) return html`<p>The patch is empty.</p>`;
  if (max < LEAST) return html`<p>diff, ${bytes(part.size)}: ${where}</p>`;
  const { lines, left } = diffLines(part.head, max);
  const cut = left > 0 || part.left > 0;
  return html`<details><summary>diff, ${bytes(part.size)}${cut && ', in part'}</summary>
${cut && html`<p class="left">Only the beginning has room here. All of it: ${where}</p>`}
<pre class="diff" tabindex="0">${lines}</pre></details>`;
}

/** What a program has printed; null: nothing. */
async function logPart(title: string, path: string, max: number, where: Html): Promise<Html | null> {
  const half = Math.max(0, Math.floor(max / 2));
  const part = await readPart(path, half, half);
  if (part === null || part.size === 0) return null;
  if (max < LEAST) return html`<p>${title}, ${bytes(part.size)}: ${where}</p>`;
  const ends = part.left === 0 ? within(visibleOutput(part.head), max, 0.5) : null;
  const head = ends?.head ?? within(visibleOutput(part.head), half).head;
  const tail = ends?.tail ?? lastOf(visibleOutput(part.tail), half);
  const cut = part.left > 0 || (ends?.left ?? 0) > 0;
  const gap = cut && html`<i class="left">… left out …</i>\n`;
  return html`<details><summary>${title}, ${bytes(part.size)}${cut && ', in part'}</summary>
${cut && html`<p class="left">Only the beginning and the end have room here. All of it: ${where}</p>`}
<pre tabindex="0">${head}${gap}${tail}</pre></details>`;
}

function lastOf(text: string, max: number): string {
  const { head, tail, left } = within(text, max, 1);
  return left === 0 ? head : tail;
}

async function trajectoryPart(dir: string, max: number, where: Html): Promise<Html> {
  if (max < LEAST) return html`<p>trajectory: ${where}</p>`;
  const { entries, shown, left, problem } = await trajectoryOf(readEvents(dir), max);
  const all =
    left === 0 ? null : html`<p class="left">${shown} of ${shown + left} steps have room here. All of it: ${where}</p>`;
  const broken = problem === null ? null : html`<p class="trouble">The log is not whole: ${visible(problem)}</p>`;
  const cut = left > 0 || problem !== null;
  return html`<details><summary>trajectory, ${counted(shown + left, 'step')}${cut && ', in part'}</summary>
${all}${broken}<ol class="trajectory">
${entries}</ol></details>`;
}

/** A path that leads from the report to a file of the run's folder. */
function fileLink({ folder }: Run, path: string): Html {
  const parts = relative(folder, path).split(sep);
  return html`<a href="${parts.map(encodeURIComponent).join('/')}"><code>${parts.join('/') || NONE}</code></a>`;
}
