/** The repository into the sandbox: a POSIX sh script that turns a pack into a private git folder and a workspace. */
import { shellQuote } from '../quote.ts';
import { SandboxError } from '../sandbox.ts';
import { scriptPrelude, type WorkspacePaths } from './script-prelude.ts';

export type ImportScript = WorkspacePaths & {
  /** A folder of the sandbox's with the pack and its index, as `pack` and `idx`; `name` is the pack's own. Null: none. */
  pack: { folder: string; name: string } | null;
  base: string;
  /** The commit whose files are checked out; `base`, or one on top of it. */
  files: string;
  /** What HEAD of the workspace names. */
  branch: string;
  /** `ID NAME` lines. */
  tags: string;
  objectFormat: 'sha1' | 'sha256';
  /** The commit that an earlier import has left in the workspace; null: the workspace is empty. */
  known: string | null;
};

/** Who the agent's own commits are by; they never leave the sandbox. */
const AGENT = { name: 'Drydock agent', email: 'agent@drydock.invalid' };

/**
 * Text of a script to run as the agent's user. The workspace must be an empty folder, or as the import of `known` has left
 * it. It becomes an ordinary repository on `branch`, without a remote; the private folder holds the same objects under links
 * of their own (so either may be deleted), and an index whose file times are already right, so that the first export reads
 * only what has changed. Read its output with `parseImport`.
 */
export function importScript(request: ImportScript): string {
  const { branch, pack, known } = request;
  return `${scriptPrelude(request)}
base=${shellQuote(request.base)}
files=${shellQuote(request.files)}
G="$W/.git"
cd "$W" 2>/dev/null && [ -w "$W" ] || fail import "the workspace $W is not a folder that the sandbox's user may write to"
ref=${shellQuote(`refs/heads/${branch}`)}
${known === null ? newFolders(request) : KNOWN_FOLDERS}
printf 'ref: %s\\n' "$ref" > "$G/HEAD"
cat >"$G/packed-refs" <<'END'
${request.tags}END
${pack === null ? '' : takePack(pack.folder, pack.name)}
printf '%s\\n' "$base" > "$G/$ref"
git read-tree -m -u "$files" 2>"$P/log" || fail import "git cannot check out the files: $(head -n 1 "$P/log")"
cp "$P/index" "$G/index" || fail import 'the index cannot be copied'
if [ -f .gitmodules ]; then
  git ls-files -s | sed -n 's/^160000 [0-9a-f]* 0\t//p' > "$P/gitlinks"
else
  : > "$P/gitlinks"
fi
printf 'imported\\n'
`;
}

/** Makes both git folders. By hand: each process that is saved shortens every session by some 10 ms. */
function newFolders({ objectFormat }: ImportScript): string {
  const version = objectFormat === 'sha256' ? 1 : 0;
  const core = `[core]\\n\\trepositoryformatversion = ${version}\\n\\tfilemode = true\\n`;
  const extension = objectFormat === 'sha256' ? '[extensions]\\n\\tobjectformat = sha256\\n' : '';
  const user = `[user]\\n\\tname = ${AGENT.name}\\n\\temail = ${AGENT.email}\\n`;
  return `for entry in * .[!.]* ..?*; do
  [ ! -e "$entry" ] && [ ! -L "$entry" ] || fail import "the workspace $W is not empty"
done
[ ! -e "$P" ] || rm -rf "$P"
mkdir -p "$P/objects/pack" "$P/objects/info" "$P/refs" "$P/info" "$P/tmp" \\
  "$G/objects/pack" "$G/objects/info" "$G/refs/tags" "$G/info" "$G/\${ref%/*}" 2>/dev/null ||
  fail import "$P or $G cannot be made"
printf '${core}${extension}' > "$P/config"
printf 'ref: refs/heads/private\\n' > "$P/HEAD"
printf '${core}\\tbare = false\\n\\tlogallrefupdates = true\\n${extension}${user}' > "$G/config"`;
}

/** The folders of an earlier import become those of this one: what depended on its commit goes. */
const KNOWN_FOLDERS = `[ -f "$P/index" ] && [ -d "$G" ] || fail import "the earlier import in $P is gone"
rm -rf "$P/base-tree" "$P/settled.1" "$P/settled.2" "$P/tmp" "$G/refs/heads"
mkdir -p "$P/tmp" "$G/\${ref%/*}" || fail import "$P or $G cannot be made"`;

function takePack(folder: string, name: string): string {
  return `for kind in pack idx; do
  mv ${shellQuote(folder)}/$kind "$P/objects/pack/${name}.$kind" && chmod 0444 "$P/objects/pack/${name}.$kind" &&
    { ln "$P/objects/pack/${name}.$kind" "$G/objects/pack/" 2>/dev/null ||
      cp "$P/objects/pack/${name}.$kind" "$G/objects/pack/" 2>"$P/log"; } ||
    fail import "the objects cannot be put in place: $(head -n 1 "$P/log" 2>/dev/null)"
done`;
}

/** Reads the script's stdout. Throws `SandboxError` unless it says that all was done. */
export function parseImport(stdout: string): void {
  const lines = stdout.split('\n');
  if (lines.includes('imported')) return;
  const [, kind, message] = /^error (\w+) (.*)$/m.exec(stdout) ?? [];
  if (kind === 'no_git') throw new SandboxError('image_unusable', `${message}`, 'use an image with git, or --image');
  throw new SandboxError('import_failed', `the repository did not get into the sandbox: ${message ?? 'no answer'}`);
}
