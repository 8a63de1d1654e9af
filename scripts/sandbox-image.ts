/** Builds the sandbox's image where it is missing: tests run beside each other, and each would build it. */
import { join } from 'node:path';
import { ensureImage, locateEngine, openEngine } from '../sandbox/index.ts';

const docker = await openEngine(await locateEngine(process.env));
await ensureImage(docker, {
  image: null,
  dockerfile: join(import.meta.dirname, '../Dockerfile'),
  onProgress: (line) => console.error(line),
});
