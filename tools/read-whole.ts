/** A file as a whole, for tools that write back what they read: what is missing from it would be lost. */
import { SandboxFileError } from '../sandbox/index.ts';
import type { ToolContext } from './tool.ts';

/** Far more than any source file has; its text and a changed copy still fit into memory. */
const MAX_EDIT_BYTES = 64 * 1024 * 1024;

/** Reads all of a file; throws `SandboxFileError`, also for one that is too large to be edited. */
export async function readWhole(context: ToolContext, path: string): Promise<Buffer> {
  const { bytes, size } = await context.sandbox.readFile(path, { maxBytes: MAX_EDIT_BYTES });
  if (bytes.length === size) return bytes;
  throw new SandboxFileError(
    'io',
    path,
    `${path} is too large to edit (${size} bytes, at most ${MAX_EDIT_BYTES}): use the shell.`,
  );
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
