import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { expect, it, onTestFinished } from 'vitest';
import { createDockerSandbox } from './create.ts';

/** An engine that has no image, and builds one for as long as it is let. */
async function slowEngine() {
  const heard = { builds: 0, stopped: 0 };
  const server = createServer((request, response) => {
    if (request.url === '/_ping') {
      response.end('OK');
      return;
    }
    if (!request.url?.startsWith('/build')) {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"no such image"}');
      return;
    }
    heard.builds += 1;
    response.on('close', () => {
      heard.stopped += 1;
    });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"stream":"Step 1/2 : FROM scratch"}\n');
  });
  const folder = mkdtempSync(join(tmpdir(), 'drydock-image-'));
  const socketPath = join(folder, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const dockerfile = join(folder, 'Dockerfile');
  writeFileSync(dockerfile, 'FROM scratch\n');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { docker: new Docker({ socketPath }), dockerfile, heard };
}

it('a sandbox that is given up while its image is built does not wait for it, and the engine stops building', async () => {
  const { docker, dockerfile, heard } = await slowEngine();
  const said: string[] = [];
  const sandbox = createDockerSandbox(Promise.resolve(docker), {
    sessionId: 'given-up',
    image: null,
    dockerfile,
    network: 'none',
    env: {},
    onProgress: (line) => said.push(line),
  });
  await expect.poll(() => said.some((line) => line.startsWith('Step 1/2'))).toBe(true);
  await sandbox.dispose();
  await expect(sandbox.ready).rejects.toMatchObject({ kind: 'lost', message: expect.stringContaining('given up') });
  await expect.poll(() => heard).toEqual({ builds: 1, stopped: 1 });
});
