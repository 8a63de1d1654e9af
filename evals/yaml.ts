/** What a YAML file of a task or an agent holds. */
import type { Document } from 'yaml';
import { yamlContent } from '../agent/index.ts';
import { TaskError } from './task.ts';

/** A document as plain values. Throws `TaskError` that begins with `where`, for aliases that lead nowhere or to too much. */
export function taskYaml(document: Document.Parsed, where: string): unknown {
  return yamlContent(document, (what, hint) => new TaskError(`${where}: ${what}`, hint));
}
