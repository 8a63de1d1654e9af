import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULT_LIMITS, startContainer } from './container.ts';
import { openEngine } from './engine.ts';

const created = z.object({ HostConfig: z.object({ StorageOpt: z.unknown().optional(), Memory: z.number() }) });

it('asks the engine for a quota on the disk, and does without one where it has none', async () => {
  const asked: z.infer<typeof created>['HostConfig'][] = [];
  const folder = mkdtempSync(join(tmpdir(), 'drydock-container-'));
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    asked.push(created.parse(JSON.parse(Buffer.concat(chunks).toString())).HostConfig);
    const message = asked.length === 1 ? '--storage-opt is not supported for vfs' : 'the engine is tired';
    response.writeHead(500, { 'Content-Type': 'application/json' }).end(JSON.stringify({ message }));
  });
  const socketPath = join(folder, 'engine.sock');
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  try {
    const docker = await openEngine({ protocol: 'socket', socketPath, source: 'test' });
    const options = {
      image: 'i',
      sessionId: 's',
      network: 'none',
      limits: DEFAULT_LIMITS,
      env: {},
      podman: false,
    } as const;
    await expect(startContainer(docker, options, () => undefined)).rejects.toThrow('the engine is tired');
    expect(asked.map(({ StorageOpt }) => StorageOpt)).toEqual([{ size: String(20 * 1024 ** 3) }, undefined]);
    expect(asked[1]?.Memory).toBe(DEFAULT_LIMITS.memoryBytes);
  } finally {
    server.close();
    rmSync(folder, { recursive: true });
  }
});
