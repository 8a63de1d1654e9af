/**
 * A wire on the host that shows whether anything was executed there: each phase has a PATH whose every program but git and node
 * is a script that touches it, and what is planted tries to touch it with nothing but a shell.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'drydock-tripwire-'));

/** The file that no case may make. A command in a container makes the container's own. */
export const TRIPWIRE = join(folder, 'tripped');

/** Shell text that touches the wire: a redirection alone, so that it needs no program. */
export const TOUCH = `: >>${TRIPWIRE}`;

/** What has touched it; null: nothing has. */
export const tripped = (): string | null => (existsSync(TRIPWIRE) ? readFileSync(TRIPWIRE, 'utf8') : null);

export function removeTripwire(): void {
  rmSync(folder, { recursive: true, force: true });
}

let path: string | undefined;

/** The PATH of the phases. */
export function tripwirePath(): string {
  if (path !== undefined) return path;
  path = join(folder, 'bin');
  mkdirSync(path);
  const script = join(folder, 'script');
  writeFileSync(script, `#!/bin/sh\nprintf '%s %s\\n' "$0" "$*" >>'${TRIPWIRE}'\nexit 1\n`);
  chmodSync(script, 0o755);
  const dirs = (process.env.PATH ?? '').split(':').filter((dir) => dir.startsWith('/') && existsSync(dir));
  const real = new Map([['node', process.execPath]]);
  for (const dir of dirs) if (!real.has('git') && existsSync(join(dir, 'git'))) real.set('git', join(dir, 'git'));
  for (const name of new Set([...dirs.flatMap((dir) => readdirSync(dir)), ...real.keys()])) {
    symlinkSync(real.get(name) ?? script, join(path, name));
  }
  return path;
}
