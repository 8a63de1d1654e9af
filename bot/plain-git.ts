/** A plain git remote as a forge: branches, and nothing around them. */
import type { Forge } from './forge.ts';

/** Opens a git remote; nothing is asked yet. */
export function openPlainGit({ remote, token }: { remote: string; token: string | null }): Forge {
  return { kind: 'git', remote: { url: remote, token }, threads: null };
}
