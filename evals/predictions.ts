/** Predictions: the patches of an agent, in the form that SWE-bench's harness reads. */
import { basename } from 'node:path';
import { z } from 'zod';
import { checked } from './readers/files.ts';
import { readRecords } from './readers/records.ts';
import { TaskError } from './task.ts';

const RECORD = z.looseObject({
  instance_id: z.string().min(1).optional(),
  model_name_or_path: z.string(),
  model_patch: z
    .string()
    .refine((text) => text.isWellFormed(), 'has half a character')
    .nullable(),
});

/** A patch for a task. `patch` is empty where the agent had none; `extra` is what else its record has. */
export type Prediction = {
  instanceId: string;
  model: string;
  patch: Buffer;
  extra: Readonly<Record<string, unknown>>;
};

/**
 * The predictions of a file: JSON Lines, a JSON array, or a map from the instance's id to its prediction (`preds.json`).
 * Throws a TaskError with file, line and field for the first that is broken, and for a second one of the same instance.
 */
export async function readPredictions(path: string): Promise<Prediction[]> {
  const file = basename(path);
  const lines = new Map<string, number>();
  const records = await readRecords(path, (value) => 'instance_id' in value);
  return records.map((record) => {
    const place = `${file}:${record.line}`;
    if ('problem' in record) throw new TaskError(`${place}: ${record.problem}`);
    const { instance_id, model_name_or_path, model_patch, ...extra } = checked(RECORD, record.value, () => place);
    const instanceId = instance_id ?? record.key;
    if (instanceId === null) throw new TaskError(`${place}: instance_id: not there`);
    if (record.key !== null && record.key !== instanceId) {
      throw new TaskError(`${place}: instance_id: ${instanceId} stands under the name ${record.key}`);
    }
    const before = lines.get(instanceId);
    if (before !== undefined) throw new TaskError(`${place}: instance_id: ${instanceId} is already on line ${before}`);
    lines.set(instanceId, record.line);
    return { instanceId, model: model_name_or_path, patch: Buffer.from(model_patch ?? ''), extra };
  });
}

/**
 * Predictions as JSON Lines. Throws a TaskError where a patch is no UTF-8: JSON could not hold it as it is. (git writes
 * binary files as text into a patch.)
 */
export function writePredictions(predictions: readonly Prediction[]): string {
  return predictions
    .map(({ instanceId, model, patch, extra }) => {
      const text = patch.toString();
      if (!Buffer.from(text).equals(patch)) throw new TaskError(`${instanceId}: model_patch: not UTF-8`);
      return `${JSON.stringify({ instance_id: instanceId, model_name_or_path: model, model_patch: text, ...extra })}\n`;
    })
    .join('');
}
