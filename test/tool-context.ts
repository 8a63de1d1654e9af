/** A tool context over a real sandbox, for tests of tools: a temporary folder of the host, or a container. */
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createDockerSandbox,
  createHostSandbox,
  type HostUser,
  locateEngine,
  openEngine,
  type ProcessSandbox,
  WORKSPACE,
} from '../sandbox/index.ts';
import { createToolState, type ToolContext, type ToolResult } from '../tools/index.ts';

export type TestContext = {
  context: ToolContext;
  sandbox: ProcessSandbox;
  /** What was kept, by handle. */
  kept: Map<string, Buffer>;
  read(path: string): Promise<string>;
  close(): Promise<void>;
};

/** Makes a folder on the host, with `files` in it, and the context, in which commands run as `user` (null: as we do). */
export async function makeToolContext(
  files: Record<string, string | Buffer> = {},
  user: HostUser | null = null,
): Promise<TestContext> {
  const root = await mkdtemp(join(tmpdir(), 'drydock tools '));
  if (user) await chown(root, user.uid, user.gid);
  const sandbox = createHostSandbox({ root, user });
  return contextIn(sandbox, root, files, () => rm(root, { recursive: true, force: true }));
}

/** The same in a container of Drydock's own image. */
export async function makeContainerContext(files: Record<string, string | Buffer>): Promise<TestContext> {
  const sandbox = createDockerSandbox(locateEngine(process.env).then(openEngine), {
    sessionId: 'tools',
    image: null,
    dockerfile: join(import.meta.dirname, '../Dockerfile'),
    network: 'none',
    env: {},
    onProgress: () => undefined,
  });
  return contextIn(sandbox, WORKSPACE, files, async () => undefined);
}

async function contextIn(
  sandbox: ProcessSandbox,
  cwd: string,
  files: Record<string, string | Buffer>,
  remove: () => Promise<void>,
): Promise<TestContext> {
  const kept = new Map<string, Buffer>();
  for (const [path, data] of Object.entries(files)) await sandbox.writeFile(path, data);
  const context: ToolContext = {
    sandbox,
    cwd,
    signal: new AbortController().signal,
    keep: async (data) => {
      const handle = `blob${kept.size + 1}`;
      kept.set(handle, data);
      return handle;
    },
    redact: (text) => text,
    mayRead: () => true,
    recall: async () => ({ text: 'Nothing was said.', isError: false, details: {} }),
    state: createToolState(),
  };
  return {
    context,
    sandbox,
    kept,
    read: async (path) => (await sandbox.readFile(path)).bytes.toString(),
    close: async () => {
      await sandbox.dispose();
      await remove();
    },
  };
}

/** The text that the model sees. */
export function textOf(result: ToolResult): string {
  return result.content.map((part) => (part.type === 'text' ? part.text : `<${part.mediaType}>`)).join('\n');
}
