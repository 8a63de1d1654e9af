/** A sandbox whose processes and files wait until it is filled. */
import type { ProcessSandbox } from './sandbox.ts';

/**
 * Every operation waits for `filled` first, and rejects with its reason where it failed: so tools may be called before
 * the repository has arrived, and the first model request need not wait for it.
 */
export function gate(sandbox: ProcessSandbox, filled: Promise<unknown>): ProcessSandbox {
  return {
    exec: async (command, signal) => (await filled, sandbox.exec(command, signal)),
    spawn: async (command) => (await filled, sandbox.spawn(command)),
    readFile: async (path, options) => (await filled, sandbox.readFile(path, options)),
    writeFile: async (path, data) => (await filled, sandbox.writeFile(path, data)),
    list: async (path) => (await filled, sandbox.list(path)),
    dispose: () => sandbox.dispose(),
  };
}
