/** `edit`: replaces strings in one file. */
import { z } from 'zod';
import { applyEdits } from './patch/replace.ts';
import { readWhole } from './read-whole.ts';
import {
  absolutePath,
  digestOf,
  errorResult,
  firstOf,
  noteEdit,
  staleness,
  textResult,
  withFileErrors,
} from './result.ts';
import { argument } from './schema.ts';
import { asFileText, binaryRefusal, decodeFile, encodeFile } from './text-file.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const input = z.strictObject({
  path: argument.min(1),
  edits: z.array(z.strictObject({ old: z.string(), new: z.string(), replace_all: z.boolean().optional() })).min(1),
});
type Input = z.output<typeof input>;

async function run({ path, edits }: Input, context: ToolContext): Promise<ToolResult> {
  const absolute = absolutePath(context, path);
  return withFileErrors(async () => {
    const bytes = await readWhole(context, absolute);
    const before = decodeFile(bytes);
    const { encoding } = before;
    if (before.binary !== null) return errorResult(`${path} ${binaryRefusal(before.binary)}`, { path: absolute });
    const inFile = edits.map((edit) => ({
      ...edit,
      old: asFileText(edit.old, encoding),
      new: asFileText(edit.new, encoding),
    }));
    const edited = applyEdits(before.text, inFile);
    if (!edited.ok) {
      const text = `${path} was not changed.\n${firstOf(edited.errors, (each) => each).join('\n')}\n${staleness(context.state, absolute, bytes)}`;
      return errorResult(text, { path: absolute });
    }
    const after = encodeFile({ ...before, text: edited.text });
    await context.sandbox.writeFile(absolute, after);
    noteEdit(context.state, absolute, bytes, after);
    const { added, removed, notes } = edited;
    return textResult([`Edited ${path} (+${added} -${removed}).`, ...firstOf(notes, (each) => each)].join('\n'), {
      files: [{ path: absolute, change: 'updated', added, removed }],
      digest: digestOf(after),
    });
  });
}

export const edit: Tool<Input> = {
  name: 'edit',
  description:
    'Replace strings in a file. Each `old` must occur exactly once in the file as it is before the call (or set replace_all): copy whole lines, with enough around them. Edits must not overlap; all are made or none.',
  input,
  touches: 'files',
  reaches: ({ path, edits }) => [
    // What is said of an edit that does not fit shows parts of the file.
    { kind: 'read', path },
    { kind: 'write', path, text: edits.map((each) => each.new).join('\n') },
  ],
  run,
};
