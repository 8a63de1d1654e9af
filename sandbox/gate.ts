/** A sandbox whose processes and files wait until it is filled. */
import type { ProcessSandbox } from './sandbox.ts';

/**
 * Every operation waits for `filled` first, and rejects with its reason where it failed: so tools may be called before
 * the repository has arrived, and the first model request need not wait for it.
 */
export function gate(sandbox: ProcessSandbox, filled: Promise<unknown>): ProcessSandbox {
  const open = async (): Promise<ProcessSandbox> => {
    await filled;
    return sandbox;
  };
  return {
    exec: async (command, signal) => (await open()).exec(command, signal),
    spawn: async (command) => (await open()).spawn(command),
    readFile: async (path, options) => (await open()).readFile(path, options),
    writeFile: async (path, data) => (await open()).writeFile(path, data),
    list: async (path) => (await open()).list(path),
    dispose: () => sandbox.dispose(),
  };
}
