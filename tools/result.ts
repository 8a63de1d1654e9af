/** Small makers of tool results and the checks that file tools share. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type { Json } from '../models/index.ts';
import { SandboxFileError } from '../sandbox/index.ts';
import type { ToolContext, ToolResult, ToolState } from './tool.ts';

/** A result that the model reads as success. */
export function textResult(text: string, details: { [key: string]: Json } = {}): ToolResult {
  return { content: [{ type: 'text', text }], isError: false, details };
}

/** A result that tells the model what was wrong and what to try. */
export function errorResult(text: string, details: { [key: string]: Json } = {}): ToolResult {
  return { content: [{ type: 'text', text }], isError: true, details };
}

/** The state of a new session's tools. */
export function createToolState(): ToolState {
  return { seen: new Map(), processes: new Map() };
}

/** A path of the model as an absolute path in the sandbox. */
export function absolutePath(context: ToolContext, path: string): string {
  return posix.resolve(context.cwd, path);
}

/** A name on one line. */
export function printable(name: string): string {
  return name.includes('\n') ? JSON.stringify(name) : name;
}

/** What `ToolState.seen` holds for a file: the SHA-256 of its bytes, in hex. */
export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** So many items of a list are told to the model, so that no result grows with what was wrong. */
export const MAX_TOLD = 8;

/** The first items of a list, each as a line, and how many more there are. */
export function firstOf<T>(items: readonly T[], render: (item: T) => string): string[] {
  const more = items.length - MAX_TOLD;
  return [...items.slice(0, MAX_TOLD).map(render), ...(more > 0 ? [`… and ${more} more`] : [])];
}

/** Whether the model's idea of a file can still be right, as a sentence for an edit that did not match. */
export function staleness(state: ToolState, path: string, bytes: Buffer): string {
  const seen = state.seen.get(path);
  if (seen === undefined) return 'It was not read in this session: read it first.';
  if (seen !== digestOf(bytes)) return 'It changed since it was last read: read it again.';
  return 'It has not changed since it was last read.';
}

/** Notes that the model knows the file's new bytes, unless it did not know the ones before. */
export function noteEdit(state: ToolState, path: string, before: Buffer, after: Buffer): void {
  if (state.seen.get(path) === digestOf(before)) state.seen.set(path, digestOf(after));
}

/** Runs `work`; a failure that lies in the file system becomes a result for the model. */
export async function withFileErrors(work: () => Promise<ToolResult>): Promise<ToolResult> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SandboxFileError) return errorResult(error.message, { error: error.kind, path: error.path });
    throw error;
  }
}
