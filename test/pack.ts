/** The package as it is published, made from this checkout. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');

/** The version in `package.json`. */
export const PACKAGE_VERSION: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

/**
 * Packs it into `folder`, and gives the path of the tarball. It is built in a copy below `folder`, so that a `dist/` in the
 * checkout is neither used nor changed.
 */
export async function packDrydock(folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const copy = join(folder, 'copy');
  const left = new Set(['node_modules', '.git', 'dist']);
  cpSync(root, copy, { recursive: true, filter: (path) => !left.has(path.slice(root.length + 1)) });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  await promisify(execFile)('npm', ['pack', '--pack-destination', folder], { cwd: copy, env });
  return join(folder, `drydock-agent-${PACKAGE_VERSION}.tgz`);
}
