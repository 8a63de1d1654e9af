/** The repository into the sandbox: a POSIX sh script that turns a bundle into a private git folder and a workspace. */
import { shellQuote } from '../quote.ts';
import { SandboxError } from '../sandbox.ts';
import { scriptPrelude, type WorkspacePaths } from './script-prelude.ts';

export type ImportScript = WorkspacePaths & {
  /** The bundle inside the sandbox; the script empties it. */
  bundle: string;
  base: string;
  /** The commit whose files are checked out; `base`, or one on top of it. */
  files: string;
  /** What HEAD of the workspace names. */
  branch: string;
  objectFormat: 'sha1' | 'sha256';
};

/** Who the agent's own commits are by; they never leave the sandbox. */
const AGENT = { name: 'Drydock agent', email: 'agent@drydock.invalid' };

/**
 * Text of a script to run as the agent's user. The workspace must be an empty folder. It becomes an ordinary repository
 * on `branch`, without a remote; the private folder holds the same objects under links of their own (so either may be
 * deleted), and an index whose file times are already right, so that the first export reads only what has changed.
 * Read its output with `parseImport`.
 */
export function importScript(request: ImportScript): string {
  const { objectFormat, branch } = request;
  const version = objectFormat === 'sha256' ? 1 : 0;
  const core = `[core]\\n\\trepositoryformatversion = ${version}\\n\\tfilemode = true\\n`;
  const extension = objectFormat === 'sha256' ? '[extensions]\\n\\tobjectformat = sha256\\n' : '';
  const user = `[user]\\n\\tname = ${AGENT.name}\\n\\temail = ${AGENT.email}\\n`;
  // The git folders are written by hand: each process that is saved shortens every session by some 10 ms.
  return `${scriptPrelude(request)}
B=${shellQuote(request.bundle)}
base=${shellQuote(request.base)}
files=${shellQuote(request.files)}
branch=${shellQuote(branch)}
G="$W/.git"
cd "$W" 2>/dev/null && [ -w "$W" ] || fail import "the workspace $W is not a folder that the sandbox's user may write to"
for entry in * .[!.]* ..?*; do
  [ ! -e "$entry" ] && [ ! -L "$entry" ] || fail import "the workspace $W is not empty"
done
ref="refs/heads/$branch"
[ ! -e "$P" ] || rm -rf "$P"
mkdir -p "$P/objects/pack" "$P/objects/info" "$P/refs/drydock" "$P/info" "$P/tmp" \\
  "$G/objects/pack" "$G/objects/info" "$G/refs/tags" "$G/info" "$G/\${ref%/*}" 2>/dev/null ||
  fail import "$P or $G cannot be made"
printf '${core}${extension}' > "$P/config"
printf 'ref: refs/heads/private\\n' > "$P/HEAD"
printf '${core}\\tbare = false\\n\\tlogallrefupdates = true\\n${extension}${user}' > "$G/config"
printf 'ref: %s\\n' "$ref" > "$G/HEAD"
${UNPACK}
ln "$P"/objects/pack/* "$G/objects/pack/" 2>/dev/null || cp "$P"/objects/pack/* "$G/objects/pack/" 2>"$P/log" ||
  fail import "the objects cannot be copied: $(head -n 1 "$P/log")"
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

/**
 * A bundle is a header of lines, an empty line, and a pack. `read` never takes more than its line from a file, so git
 * finds the pack where the loop stops; `git bundle unbundle` would be one process more. The tags are in the header.
 */
const UNPACK = `unpack() {
  while IFS=' ' read -r id name && [ -n "$id" ]; do
    case $name in refs/tags/*) printf '%s %s\\n' "$id" "$name" >>"$G/packed-refs" ;; esac
  done
  git index-pack --stdin >/dev/null 2>"$P/log"
}
unpack <"$B" || fail import "git cannot unpack the bundle: $(head -n 1 "$P/log")"
: >"$B"`;

/** Reads the script's stdout. Throws `SandboxError` unless it says that all was done. */
export function parseImport(stdout: string): void {
  const lines = stdout.split('\n');
  if (lines.includes('imported')) return;
  const [, kind, message] = /^error (\w+) (.*)$/m.exec(stdout) ?? [];
  if (kind === 'no_git') throw new SandboxError('image_unusable', `${message}`, 'use an image with git, or --image');
  throw new SandboxError('import_failed', `the repository did not get into the sandbox: ${message ?? 'no answer'}`);
}
