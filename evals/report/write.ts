/** The reports of a run, written into its folder. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '../run-record.ts';
import { type ReportData, reportOf } from './data.ts';
import { htmlPage } from './html/page.ts';
import { markdownReport } from './markdown.ts';

/** Writes the reports of a run (`report.json`, `report.md`, `report.html`), each whole, and gives what they say. */
export async function writeReports(run: Run): Promise<ReportData> {
  const data = reportOf(run);
  await writeWhole(join(run.folder, 'report.json'), `${JSON.stringify(data, null, 2)}\n`);
  await writeWhole(join(run.folder, 'report.md'), markdownReport(data));
  await writeWhole(join(run.folder, 'report.html'), htmlPage(run, data));
  return data;
}

/** Also in pieces, as they come. */
async function writeWhole(file: string, text: string | AsyncIterable<string>): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
