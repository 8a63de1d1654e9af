/** A file as a whole, for tools that write back what they read: what is missing from it would be lost. */
import { SandboxFileError } from '../sandbox/index.ts';
import type { ToolContext } from './tool.ts';

/** Far more than any source file has; its text and a changed copy still fit into memory. */
const MAX_EDIT_BYTES = 64 * 1024 * 1024;

/** Each line is an object while a file is edited. Files of source have a hundredth of it. */
const MAX_EDIT_LINES = 3_000_000;

function countLines(bytes: Buffer): number {
  let count = 1;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

/** Reads all of a file; throws `SandboxFileError`, also for one that is too large to be edited. */
export async function readWhole(context: ToolContext, path: string): Promise<Buffer> {
  const { bytes, size } = await context.sandbox.readFile(path, { maxBytes: MAX_EDIT_BYTES });
  const tooLarge = (what: string): SandboxFileError =>
    new SandboxFileError('io', path, `${path} is too large to edit (${what}): use the shell.`);
  if (bytes.length < size) throw tooLarge(`${size} bytes, at most ${MAX_EDIT_BYTES}`);
  const lines = countLines(bytes);
  if (lines > MAX_EDIT_LINES) throw tooLarge(`${lines} lines, at most ${MAX_EDIT_LINES}`);
  return bytes;
}

/** The same, or null where there is nothing. */
export async function readIfThere(context: ToolContext, path: string): Promise<Buffer | null> {
  try {
    return await readWhole(context, path);
  } catch (error) {
    if (error instanceof SandboxFileError && error.kind === 'not_found') return null;
    throw error;
  }
}
