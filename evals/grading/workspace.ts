/** The shell text that gets a workspace ready to be graded. All of it runs in the container, as the agent's user. Pure. */
import { posix } from 'node:path';
import { shellQuote } from '../../sandbox/index.ts';

/** The exit code of a patch that does not fit. */
export const DOES_NOT_APPLY = 65;

const GIT = 'git -c core.autocrlf=false -c core.hooksPath=/dev/null -c core.fsmonitor=';

/**
 * Puts a patch on top of HEAD: on git's own copies first, which are the bytes that it was made from, whatever line ends the
 * files of the workspace have; then out into the workspace. `loosely`: as SWE-bench's own harness does where that fails.
 */
export function applyScript(patch: string, loosely: boolean): string {
  const file = shellQuote(patch);
  const index = `${file}.index`;
  const strictly = [
    `cp .git/index ${index}`,
    `GIT_INDEX_FILE=${index} ${GIT} apply --cached --whitespace=nowarn ${file}`,
    `tree=$(GIT_INDEX_FILE=${index} ${GIT} write-tree)`,
    `${GIT} read-tree -m -u HEAD "$tree"`,
  ].join(' && ');
  const patched = loosely
    ? ` || { ${GIT} checkout -q -f HEAD -- . && patch --batch --fuzz=5 -p1 --no-backup-if-mismatch -i ${file} && ${GIT} add -A; }`
    : '';
  return `{ ${strictly}; }${patched} || exit ${DOES_NOT_APPLY}`;
}

/** Prints the paths, each ended by NUL, that differ from the base. */
export const CHANGED_PATHS = `${GIT} diff --cached --name-only --no-renames -z HEAD`;

/** Puts paths back to what they are at the base; what the base has not goes. */
export function restoreScript(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const name = shellQuote(path);
      const literal = shellQuote(`:(top,literal)${path}`);
      return `rm -rf ./${name}; if ${GIT} cat-file -e HEAD:${name} 2>/dev/null; then ${GIT} checkout -q HEAD -- ${literal} || exit 1; fi`;
    })
    .join('\n');
}

/** Makes room for files that are laid over the workspace: no link of the patch's leads them elsewhere. */
export function clearScript(paths: readonly string[]): string {
  const parents = new Set<string>();
  for (const path of paths) {
    for (let at = posix.dirname(path); at !== '.' && at !== '/'; at = posix.dirname(at)) parents.add(at);
  }
  const links = [...parents].sort().map((path) => {
    const name = `./${shellQuote(path)}`;
    return `if [ -L ${name} ] || { [ -e ${name} ] && [ ! -d ${name} ]; }; then rm -f ${name}; fi`;
  });
  return [...links, ...paths.map((path) => `rm -rf ./${shellQuote(path)}`)].join('\n');
}

/** Whether a path's base name fits one of the patterns, in which `*` stands for any part; one with a slash is a whole path. */
export function matches(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const text = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    const subject = pattern.includes('/') ? path : posix.basename(path);
    return new RegExp(`^${text.join('.*')}$`, 's').test(subject);
  });
}
