/**
 * A run as one HTML file that needs nothing else: no request, no script. Made in pieces, so that a large run never lies in memory
 * as a whole.
 */
import { createHash } from 'node:crypto';
import type { Run } from '../../run-record.ts';
import type { ReportData } from '../data.ts';
import { bytes } from '../words.ts';
import { type Html, html, raw, sizeOf } from './markup.ts';
import { components, errorModes, matrix } from './matrix.ts';
import { STYLE } from './style.ts';
import { agentsTable, comparisonsTable, configurations, costSection, header } from './summary.ts';
import { trialSection } from './trial.ts';

/** Bytes that the files of all trials may take in the page together, and those of one. Browsers open 20 MB; people read less. */
const ALL_TRIALS_MAX = 14_000_000;
const TRIAL_MAX = 300_000;

/** Nothing is loaded and nothing runs; the style sheet is known by its digest. */
const STYLE_DIGEST = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
const POLICY = `default-src 'none'; style-src '${STYLE_DIGEST}'; base-uri 'none'; form-action 'none'`;

/** The page, piece by piece. Reads the trials' files from the run's folder. */
export async function* htmlPage(run: Run, data: ReportData): AsyncGenerator<string> {
  const before = [agentsTable(data), comparisonsTable(data), costSection(data)];
  const after = [errorModes(data), components(data), configurations(run)];
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${raw(POLICY)}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${data.run.suite}: ${data.agents.map(({ name }) => name).join(', ')}</title>
<style>${raw(STYLE)}</style>
</head>
<body>
${header(data)}
${contents(before, after)}
<main>
${before}`.markup;
  for (const piece of matrix(run, data)) yield piece.markup;
  yield html`${after}`.markup;
  yield html`<section id="trials"><h2>Trials</h2>
<p class="note">Of each trial about ${bytes(shareOf(ALL_TRIALS_MAX, run.results.length))} have room here, more where others
need less. Where something is left out, its file is named.</p>\n`.markup;
  let room = ALL_TRIALS_MAX;
  for (const [index, result] of run.results.entries()) {
    const section = await trialSection(run, result, shareOf(room, run.results.length - index));
    room = Math.max(0, room - sizeOf(section));
    yield section.markup;
  }
  yield html`</section>
</main>
<footer><p class="note">Run ${data.run.id}. The figures are in <a href="report.json">report.json</a>.</p></footer>
</body>
</html>\n`.markup;
}

function shareOf(room: number, trials: number): number {
  return Math.min(TRIAL_MAX, Math.floor(room / Math.max(1, trials)));
}

/** Links to the sections that there are. */
function contents(before: readonly (Html | null)[], after: readonly (Html | null)[]): Html {
  const link = (id: string, words: string, is = true) => is && html`<li><a href="#${id}">${words}</a></li>`;
  const [, comparisons] = before;
  const [modes, parts, settings] = after;
  const links = [
    link('agents', 'Agents'),
    link('comparisons', 'Comparisons', comparisons !== null),
    link('cost', 'Cost'),
    link('matrix', 'Tasks × agents'),
    link('error-modes', 'Error modes', modes !== null),
    link('components', 'Parts', parts !== null),
    link('configurations', 'Configurations', settings !== null),
    link('trials', 'Trials'),
  ];
  return html`<nav aria-label="Contents"><ul>${links}</ul></nav>`;
}
