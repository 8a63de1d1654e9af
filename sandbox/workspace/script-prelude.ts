/** What the import and the export script share: where things lie, and git cut off from every configuration but ours. */
import { shellQuote } from '../quote.ts';
import { KEEP_MEMORY } from './memory.ts';

/** Folders and files inside the sandbox, absolute. */
export type WorkspacePaths = {
  /** Where the agent works. */
  workspace: string;
  /** Drydock's own git folder, outside the workspace. The scripts make and own it. */
  privateGit: string;
};

/** Wins over the private folder's own configuration, which the agent could write. */
const CONFIGURATION: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', ''],
  ['core.excludesFile', '/dev/null'], // only the .gitignore files in the tree say what is ignored
  ['core.attributesFile', '/dev/null'],
  ['core.quotePath', 'true'], // one path is one line of ASCII, which is what makes lists safe for sed and head
  ['core.fileMode', 'true'],
  ['core.symlinks', 'true'],
  ['core.autocrlf', 'false'],
  ['core.safecrlf', 'false'], // no warnings: the export takes them for complaints
  ['checkout.workers', '2'], // every machine has two cores
  ['checkout.thresholdForParallelism', '1000'],
  ['core.splitIndex', 'false'],
  ['core.untrackedCache', 'false'],
  ['gc.auto', '0'],
  ['submodule.recurse', 'false'],
];

/** Variables of the image or the caller that would lead git elsewhere. */
const UNSET = [
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_CONFIG',
  'GIT_CONFIG_PARAMETERS',
  'GIT_DEFAULT_HASH',
  'GIT_ATTR_SOURCE',
  'GIT_LITERAL_PATHSPECS',
  'GIT_TRACE',
];

/**
 * The head of a script: POSIX sh (dash, bash, busybox) and git 2.31 or newer. Defines `$W`, `$P` and
 * `fail KIND MESSAGE`, which writes the line that the parsers know and ends the script with 1.
 */
export function scriptPrelude(paths: WorkspacePaths): string {
  const configuration = CONFIGURATION.map(
    ([key, value], index) => `GIT_CONFIG_KEY_${index}=${key} GIT_CONFIG_VALUE_${index}=${shellQuote(value)}`,
  );
  const memory = Object.entries(KEEP_MEMORY).map(([name, value]) => `${name}=${value}`);
  return `set -u
umask 022
W=${shellQuote(paths.workspace)}
P=${shellQuote(paths.privateGit)}
fail() { printf 'error %s %s\\n' "$1" "$2"; exit 1; }
command -v git >/dev/null 2>&1 || fail no_git 'the image has no git'
unset ${UNSET.join(' ')}
export ${configuration.join(' ')} GIT_CONFIG_COUNT=${CONFIGURATION.length}
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_CONFIG_NOSYSTEM=1 HOME=/dev/null LC_ALL=C
export GIT_DIR="$P" GIT_WORK_TREE="$W" GIT_INDEX_FILE="$P/index"
export GIT_OPTIONAL_LOCKS=0 GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1
export ${memory.join(' ')}
`;
}
