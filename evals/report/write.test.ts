import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sampleRecord, sampleResult } from './sample-run.ts';
import { writeReports } from './write.ts';

it('writes the three reports and the predictions and nothing beside them, also over earlier ones', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-write-'));
  const record = sampleRecord(1, 1);
  const files = ['predictions', 'report.html', 'report.json', 'report.md'];
  await writeReports({ folder, record, results: [] });
  expect((await readdir(folder)).sort()).toEqual(files);
  const data = await writeReports({ folder, record, results: [sampleResult(record, [1, 1, 1])] });
  expect((await readdir(folder)).sort()).toEqual(files);
  expect(JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(data)));
  expect(await readFile(join(folder, 'report.html'), 'utf8')).toContain('id="trial-1-1-1"');
  expect(await readFile(join(folder, 'report.md'), 'utf8')).toContain('| `task-1` | ✓ | · | · |');
  await rm(folder, { recursive: true });
});
