/** A tool context over a real host sandbox in a temporary folder, for tests of tools. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHostSandbox, type ProcessSandbox } from '../sandbox/index.ts';
import { createToolState, type ToolContext, type ToolResult } from '../tools/index.ts';

export type TestContext = {
  context: ToolContext;
  sandbox: ProcessSandbox;
  /** What was kept, by handle. */
  kept: Map<string, Buffer>;
  read(path: string): Promise<string>;
  close(): Promise<void>;
};

/** Makes the folder, with `files` in it, and the context. */
export async function makeToolContext(files: Record<string, string | Buffer> = {}): Promise<TestContext> {
  const root = await mkdtemp(join(tmpdir(), 'drydock tools '));
  const sandbox = createHostSandbox({ root });
  const kept = new Map<string, Buffer>();
  for (const [path, data] of Object.entries(files)) await sandbox.writeFile(path, data);
  const context: ToolContext = {
    sandbox,
    cwd: root,
    signal: new AbortController().signal,
    keep: async (data) => {
      const handle = `blob${kept.size + 1}`;
      kept.set(handle, data);
      return handle;
    },
    state: createToolState(),
  };
  return {
    context,
    sandbox,
    kept,
    read: async (path) => (await sandbox.readFile(path)).bytes.toString(),
    close: async () => {
      await sandbox.dispose();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The text that the model sees. */
export function textOf(result: ToolResult): string {
  return result.content.map((part) => (part.type === 'text' ? part.text : `<${part.mediaType}>`)).join('\n');
}
