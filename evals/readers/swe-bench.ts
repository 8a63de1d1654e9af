/** Reads tasks from a file of SWE-bench's instances. */
import { basename } from 'node:path';
import { type InvalidTask, type Task, TaskError } from '../task.ts';
import { type FileRecord, readRecords } from './records.ts';
import { parseInstance, type SweBenchInstance } from './swe-bench-instance.ts';
import { SWE_BENCH_DEFAULTS, type SweBenchOptions, taskOfInstance } from './swe-bench-task.ts';

/**
 * The tasks of a file: JSON Lines, a JSON array, or a map from ids to instances. One that is broken, or that cannot be used, is
 * `invalid`, with file, line and field. Throws a TaskError where the file cannot be read at all.
 */
export async function readSweBench(
  path: string,
  options: Partial<SweBenchOptions> = {},
): Promise<{ tasks: Task[]; invalid: InvalidTask[] }> {
  const tasks: Task[] = [];
  const invalid: InvalidTask[] = [];
  const lines = new Map<string, number>();
  for (const record of await readRecords(path, (value) => 'instance_id' in value)) {
    const place = `${basename(path)}:${record.line}`;
    const origin = `${path}:${record.line}`;
    try {
      const instance = instanceOf(record, place);
      const id = instance.instance_id;
      const before = lines.get(id);
      if (before !== undefined) throw new TaskError(`${place}: instance_id: ${id} is already on line ${before}`);
      lines.set(id, record.line);
      const from = { format: 'swe-bench', origin, image: null, prepare: '', placeOf: () => place } as const;
      tasks.push(await taskOfInstance(instance, from, { ...SWE_BENCH_DEFAULTS, ...options }));
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      invalid.push({ id: idIn(record) ?? place, origin, problem: error.message });
    }
  }
  return { tasks, invalid };
}

function instanceOf(record: FileRecord, place: string): SweBenchInstance {
  if ('problem' in record) throw new TaskError(`${place}: ${record.problem}`);
  const instance = parseInstance(record.value, () => place);
  if (record.key !== null && record.key !== instance.instance_id) {
    throw new TaskError(`${place}: instance_id: ${instance.instance_id} stands under the name ${record.key}`);
  }
  // Files that a patch cannot carry, by their address: nothing is fetched.
  if (hasAssets(instance.image_assets)) {
    throw new TaskError(`${place}: image_assets: files beside the patches are only read from a task's folder`);
  }
  return instance;
}

function hasAssets(value: unknown): boolean {
  return (
    value !== undefined &&
    value !== null &&
    /"(?:path|url)"/.test(typeof value === 'string' ? value : JSON.stringify(value))
  );
}

function idIn(record: FileRecord): string | null {
  if ('problem' in record || typeof record.value !== 'object' || record.value === null) return record.key;
  const id = 'instance_id' in record.value ? record.value.instance_id : null;
  return typeof id === 'string' ? id : record.key;
}
