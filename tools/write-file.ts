/** `write_file`: a whole file, new or replaced. */
import { z } from 'zod';
import { SandboxFileError } from '../sandbox/index.ts';
import { absolutePath, digestOf, textResult, withFileErrors } from './result.ts';
import { argument } from './schema.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const input = z.strictObject({ path: argument.min(1), content: z.string() });
type Input = z.output<typeof input>;

/** The size of the file that is there, or null. */
async function existingSize(context: ToolContext, path: string): Promise<number | null> {
  try {
    return (await context.sandbox.readFile(path, { maxBytes: 0 })).size;
  } catch (error) {
    if (error instanceof SandboxFileError && error.kind === 'not_found') return null;
    throw error;
  }
}

async function run({ path, content }: Input, context: ToolContext): Promise<ToolResult> {
  const absolute = absolutePath(context, path);
  return withFileErrors(async () => {
    const before = await existingSize(context, absolute);
    const bytes = Buffer.from(content);
    await context.sandbox.writeFile(absolute, bytes);
    context.state.seen.set(absolute, digestOf(bytes));
    const lines = content === '' ? 0 : content.split('\n').length - (content.endsWith('\n') ? 1 : 0);
    const verb = before === null ? 'Created' : `Overwrote (it had ${before} bytes)`;
    return textResult(`${verb} ${path}: ${lines} ${lines === 1 ? 'line' : 'lines'}.`, {
      path: absolute,
      created: before === null,
      lines,
      bytes: bytes.length,
    });
  });
}

export const writeFile: Tool<Input> = {
  name: 'write_file',
  description: 'Create a file, or replace one whole. Makes parent folders.',
  input,
  touches: 'files',
  reaches: ({ path, content }) => [{ kind: 'write', path, text: content }],
  run,
};
