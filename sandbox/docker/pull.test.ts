/** A registry of one image on the loopback, which an engine on this machine takes without TLS. */
import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { expect, it, onTestFinished } from 'vitest';
import { locateEngine, openEngine } from './engine.ts';
import { ensureImage } from './image.ts';

const digest = (data: Buffer) => `sha256:${createHash('sha256').update(data).digest('hex')}`;

/** Serves `NAME:1`, whose only file differs each time; with `stalls` its layer never comes. */
async function startRegistry({ stalls = false } = {}) {
  const tar = execFileSync('tar', ['-c', '--transform', `s|.*|${randomUUID()}|`, '-C', '/', 'etc/hostname']);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: { Cmd: ['/none'] },
      rootfs: { type: 'layers', diff_ids: [digest(tar)] },
    }),
  );
  const part = (mediaType: string, data: Buffer) => ({ mediaType, size: data.length, digest: digest(data) });
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: part('application/vnd.docker.container.image.v1+json', config),
      layers: [part('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)],
    }),
  );
  const blobs = new Map([config, layer].map((data) => [digest(data), data]));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const blob = blobs.get(path.slice(path.lastIndexOf('/') + 1));
    if (path === '/v2/') response.end('{}');
    else if (path.includes('/manifests/')) {
      const headers = { 'content-type': mediaType, 'docker-content-digest': digest(manifest) };
      response.writeHead(200, { ...headers, 'content-length': manifest.length });
      response.end(request.method === 'HEAD' ? undefined : manifest);
    } else if (blob === layer && stalls) response.writeHead(200, { 'content-length': layer.length }).flushHeaders();
    else if (blob) response.end(blob);
    else response.writeHead(404).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { name: `127.0.0.1:${port}/drydock-test:1`, asked };
}

it('an image that the engine lacks is pulled, once, and what is pulled is shown', async () => {
  const docker = await openEngine(await locateEngine(process.env));
  const { name } = await startRegistry();
  const said: string[] = [];
  const ensure = () => ensureImage(docker, { image: name, dockerfile: '', onProgress: (line) => said.push(line) });
  const { cmd } = await ensure();
  onTestFinished(async () => {
    await docker.getImage(name).remove({ force: true });
  });
  expect(cmd).toEqual(['/none']);
  const pulled = [`pulling the image ${name}`, `pulled 1 of 1 layers of ${name}`];
  expect(said).toEqual(pulled);
  await ensure();
  expect(said).toEqual(pulled);
});

it('a pull that is given up ends at once', async () => {
  const docker = await openEngine(await locateEngine(process.env));
  const { name, asked } = await startRegistry({ stalls: true });
  const stop = new AbortController();
  const pulling = ensureImage(docker, { image: name, dockerfile: '', onProgress: () => undefined }, stop.signal);
  const failed = expect(pulling).rejects.toMatchObject({
    kind: 'lost',
    message: `pulling the image ${name} was given up`,
  });
  await expect.poll(() => asked.filter((path) => path.includes('/blobs/')).length).toBeGreaterThan(0);
  stop.abort();
  await failed;
});
