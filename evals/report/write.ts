/** The reports of a run, written into its folder. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Prediction, writePredictions } from '../predictions.ts';
import { agentFolder, type Run, trialFolder } from '../run-record.ts';
import { TRIAL_FILES } from '../trial.ts';
import { type ReportData, reportOf } from './data.ts';
import { htmlPage } from './html/page.ts';
import { markdownReport } from './markdown.ts';

/**
 * Writes the reports of a run (`report.json`, `report.md`, `report.html`, and each agent's first attempts as SWE-bench's predictions), each
 * whole, and gives what they say.
 */
export async function writeReports(run: Run): Promise<ReportData> {
  const data = reportOf(run);
  await writeWhole(join(run.folder, 'report.json'), `${JSON.stringify(data, null, 2)}\n`);
  await writeWhole(join(run.folder, 'report.md'), markdownReport(data));
  await writeWhole(join(run.folder, 'report.html'), htmlPage(run, data));
  await mkdir(join(run.folder, 'predictions'), { recursive: true });
  for (const { name } of run.record.agents) {
    const file = join(run.folder, 'predictions', `${agentFolder(name)}.jsonl`);
    await writeWhole(file, writePredictions(await predictionsOf(run, name)));
  }
  return data;
}

/** A patch with bytes that are no UTF-8 is left out: JSON could not hold it as it is. */
async function predictionsOf({ folder, results }: Run, agent: string): Promise<Prediction[]> {
  const predictions: Prediction[] = [];
  for (const { task, attempt } of results.filter((result) => result.agent === agent && result.attempt === 1)) {
    const file = join(trialFolder(folder, agent, task, attempt), TRIAL_FILES.patch);
    // A folder that somebody has tidied still has a report.
    const patch = await readFile(file).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    });
    if (patch !== null && Buffer.from(patch.toString()).equals(patch))
      predictions.push({ instanceId: task, model: agent, patch, extra: {} });
  }
  return predictions;
}

/** Also in pieces, as they come. */
async function writeWhole(file: string, text: string | AsyncIterable<string>): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}
