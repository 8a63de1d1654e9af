/** Where the sandbox image's Dockerfile lies. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** It is at the root of the checkout, and of the package. */
export function dockerfilePath(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'Dockerfile')) && dirname(folder) !== folder) folder = dirname(folder);
  return join(folder, 'Dockerfile');
}
