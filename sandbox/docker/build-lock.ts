/**
 * One maker per image and machine. Whoever makes an image listens on a socket that is named after it; others connect and
 * wait until the connection ends, which it also does when the maker dies, so no lock is ever left behind.
 *
 * Only time depends on it: two makers at once (on two machines that share an engine, or where no socket can be had) make
 * the same image twice, and the second one's takes the name.
 */
import { lstat, mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxError } from '../sandbox.ts';

/** Does the work while nobody else on this machine does work of that key. `onWait` is called when it has to wait. */
export async function exclusively<T>(
  key: string,
  options: { signal: AbortSignal; onWait: () => void },
  work: () => Promise<T>,
): Promise<T> {
  const release = await take(key, options);
  try {
    return await work();
  } finally {
    release();
  }
}

async function take(key: string, options: { signal: AbortSignal; onWait: () => void }): Promise<() => void> {
  const { signal } = options;
  let onWait: (() => void) | null = options.onWait;
  try {
    // A socket's path may have no more than some 100 bytes.
    const path = join(await ownFolder(), key.slice(0, 32));
    for (;;) {
      const release = await listen(path);
      if (release) return release;
      const waited = await untilClosed(path, signal, () => {
        onWait?.();
        onWait = null;
      });
      // Nobody listens any more: the maker died. Two who see that at once may both go on; see above.
      if (!waited) await rm(path, { force: true });
    }
  } catch (error) {
    if (signal.aborted) throw new SandboxError('lost', 'waiting for an image was given up', '', { cause: error });
    // Without a socket there is no lock, and the work is done all the same.
    return () => undefined;
  }
}

/** A folder for sockets that nobody else can write to. */
async function ownFolder(): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `drydock-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new Error(`${folder} belongs to somebody else`);
  }
  return folder;
}

/** Null: somebody has it. */
function listen(path: string): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    const waiting = new Set<Socket>();
    const server = createServer((socket) => {
      waiting.add(socket);
      // One that waits may end at any time, in whatever way.
      socket.on('error', () => undefined).on('close', () => waiting.delete(socket));
    });
    server.on('error', (error) => ('code' in error && error.code === 'EADDRINUSE' ? resolve(null) : reject(error)));
    server.listen(path, () =>
      resolve(() => {
        server.close();
        for (const socket of waiting) socket.destroy();
      }),
    );
  });
}

/** Resolves with true when the one who listens has ended or died, with false where nobody listens. */
function untilClosed(path: string, signal: AbortSignal, onConnect: () => void): Promise<boolean> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connect(path, onConnect);
    const giveUp = () => socket.destroy(new Error('given up'));
    signal.addEventListener('abort', giveUp, { once: true });
    socket.on('error', (error) => {
      const code = 'code' in error ? error.code : null;
      if (code === 'ECONNREFUSED') resolve(false);
      // It ended just now: between our look and our call, or while we were connected.
      else if (code === 'ENOENT' || code === 'ECONNRESET' || code === 'EPIPE') resolve(true);
      else reject(error);
    });
    socket.on('close', () => {
      signal.removeEventListener('abort', giveUp);
      resolve(true);
    });
    socket.resume();
  });
}
