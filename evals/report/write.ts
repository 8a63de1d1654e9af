/** The report of a run, written into its folder. */
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from '../run-record.ts';
import { type ReportData, reportOf } from './data.ts';

/** Writes the reports of a run, each whole, and gives what they say. */
export async function writeReports(run: Run): Promise<ReportData> {
  const data = reportOf(run);
  await writeWhole(join(run.folder, 'report.json'), `${JSON.stringify(data, null, 2)}\n`);
  return data;
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
