/** The tree out of the sandbox: a POSIX sh script that records what the files say, whatever became of `.git`. */
import { shellQuote } from '../quote.ts';
import type { KnownExport } from '../sandbox.ts';
import { scriptPrelude, type WorkspacePaths } from './script-prelude.ts';

export type ExportScript = WorkspacePaths & {
  /** The commit that was imported. */
  base: string;
  /** What of the workspace the host has already; see `ExportedTree`. */
  known: KnownExport | null;
  /** Where the bundle is written, inside the sandbox. */
  bundle: string;
};

/** git's reasons are per file; past this many something larger is wrong, such as a full disk. */
const MAX_SKIPPED = 100;

/**
 * Text of a script to run as the agent's user; read its stdout with `parseExport`. It uses the private git folder
 * only, and a copy of the index that the import left (with its time, by which git knows which entries to distrust): so
 * every export starts at the base, whatever an earlier one did or left undone. What goes into the tree:
 * - files that the base tracks, as they are now (ignored or not), and files that no `.gitignore` in the tree ignores.
 *   A file that the agent committed with `git add -f` although it is ignored stays out: the files decide, not the
 *   agent's index, which may be gone or rewritten;
 * - the files of nested repositories, without their `.git`, where neither they nor the outer repository ignore them;
 * - submodules of the base, unchanged: what lies in their folders is named as skipped.
 * A file that git cannot record (unreadable, a socket, a name like `.GIT`) is named as skipped and stays as it was.
 */
export function exportScript(request: ExportScript): string {
  return `${scriptPrelude(request)}
B=${shellQuote(request.bundle)}
base=${shellQuote(request.base)}
known=${shellQuote(request.known?.commit ?? '')}
known_tree=${shellQuote(request.known?.tree ?? '')}
T="$P/tmp"
export GIT_AUTHOR_NAME=Drydock GIT_AUTHOR_EMAIL=drydock@localhost GIT_AUTHOR_DATE='@0 +0000'
export GIT_COMMITTER_NAME=Drydock GIT_COMMITTER_EMAIL=drydock@localhost GIT_COMMITTER_DATE='@0 +0000'
damaged="the sandbox's private git folder $P is gone or damaged"
# The tree of the base is asked for once; the folder of temporary lists stays, and each list is emptied before use.
[ -f "$P/index" ] || fail damaged "$damaged"
if [ ! -s "$P/base-tree" ]; then git rev-parse --verify --quiet "$base^{tree}" >"$P/base-tree" 2>/dev/null; fi
read -r base_tree <"$P/base-tree" || fail damaged "$damaged"
[ -d "$T" ] || mkdir "$T" || fail damaged "$damaged"
if [ -e "$T/index.lock" ]; then rm -f "$T/index.lock"; fi
cp -p "$P/index" "$T/index" 2>/dev/null || fail damaged "$damaged"
GIT_INDEX_FILE="$T/index"
cd "$W" 2>/dev/null || fail export "the workspace $W is gone or closed"

${RECORD}
${COLLECT}
${FLATTEN}
if [ -s "$T/add" ]; then record "$T/add" '--add --remove --replace'; fi
tree=$(git write-tree 2>"$T/why") || fail damaged "$damaged: $(head -n 1 "$T/why")"
if [ "$tree" = "$base_tree" ]; then
  printf 'tree %s\\ncommit %s\\nbundle none\\n' "$tree" "$base"
elif [ "$tree" = "$known_tree" ]; then
  printf 'tree %s\\ncommit %s\\nbundle none\\n' "$tree" "$known"
else
  # As a parent, since git leaves out the objects of parents only.
  commit=$(git commit-tree -p "$base" \${known:+-p "$known"} -m Workspace "$tree" 2>"$T/why") &&
    printf '%s\\n' "$commit" > "$P/refs/drydock/export" &&
    git bundle create --quiet "$B" refs/drydock/export "^$base" \${known:+"^$known"} 2>"$T/why" ||
    fail export "git cannot write the bundle: $(head -n 1 "$T/why")"
  size=$(wc -c < "$B")
  printf 'tree %s\\ncommit %s\\nbundle %s\\n' "$tree" "$commit" "$((size))"
fi
printf 'exported\\n'
`;
}

/**
 * Lists of paths, one quoted path a line: `gone` and `add` of what the index knows, and of what it does not know, with
 * a nested repository as a line that ends in a slash. Both are looked for at once, since each walks all files. What is gone
 * is recorded before the second look: a file that became a repository shows as nested only then.
 */
const COLLECT = `: >"$T/gone" >"$T/add" >"$T/nested"
others() { git ls-files --others --exclude-standard >"$T/others" 2>"$T/log"; }
others & look=$!
git diff-files --raw --ignore-submodules=all >"$T/changes" 2>"$T/why" ||
  fail damaged "$damaged: $(head -n 1 "$T/why")"
if [ -s "$T/changes" ]; then
  sed -n "/^:160000 / {
      s/^[^\t]*\t\\(.*\\)/skipped \\1\ta submodule of the base/p
      d
    }
    s/^:[0-7]* 160000 [^\t]*\t//w $T/gone
    t
    s/^:[^\t]* D\t//w $T/gone
    t
    s/^:[^\t]* [MT]\t//w $T/add" "$T/changes"
fi
wait "$look" || fail export "$(head -n 1 "$T/log")"
if [ -s "$T/gone" ]; then
  record "$T/gone" --force-remove
  others || fail export "$(head -n 1 "$T/log")"
fi
if [ -s "$T/others" ]; then
  sed -n -e '/\\/"\\{0,1\\}$/{' -e "w $T/nested" -e d -e '}' -e p "$T/others" >>"$T/add"
fi
if [ -s "$T/log" ]; then
  sed -n "s/^warning: could not open directory '\\(.*\\)': \\(.*\\)/skipped \\1\t\\2/p" "$T/log"
fi
`;

/**
 * A nested repository is listed with its own folder as the work tree, so that its `.git` does not count and its
 * `.gitignore` does; then `check-ignore` asks the outer ones. Repeats for the repositories found inside.
 */
const FLATTEN = `plain() { # writes what a quoted path without its quotes stands for
  printf -- "$(printf '%s' "$1" | sed -e 's/%/%%/g' -e 's/\\\\"/\\\\042/g')"
}
unquoted() { case $1 in '"'*) name=\${1#?} name=\${name%?} ;; *) name=$1 ;; esac; }
while [ -s "$T/nested" ]; do
  : >"$T/deeper"
  while IFS= read -r line; do
    printf 'flattened %s\\n' "$line"
    unquoted "$line"
    folder=$(plain "$name")
    prefix=$(printf '%s' "$name" | sed 's/[\\\\&|]/\\\\&/g')
    GIT_WORK_TREE="$W/$folder" GIT_INDEX_FILE="$T/empty" git -C "$W/$folder" ls-files --others --exclude-standard \\
      >"$T/listing" 2>"$T/log" || fail export "the nested repository $line cannot be read: $(head -n 1 "$T/log")"
    sed -n "s|^warning: could not open directory '\\(.*\\)': \\(.*\\)|skipped $prefix\\1\t\\2|p" "$T/log"
    sed -e 's/^"\\(.*\\)"$/\\1/' -e "s|^|\\"$prefix|" -e 's/$/"/' "$T/listing" >"$T/inside"
    git check-ignore --no-index --verbose --non-matching --stdin <"$T/inside" >"$T/checked" 2>"$T/log"
    [ $? -le 1 ] || fail export "the nested repository $line cannot be read: $(head -n 1 "$T/log")"
    sed -n -e 's/^::\t//p' -e 's/^.*:[0-9][0-9]*:!.*\t//p' "$T/checked" >"$T/kept"
    sed '/\\/"\\{0,1\\}$/d' "$T/kept" >>"$T/add"
    sed -n '/\\/"\\{0,1\\}$/p' "$T/kept" >>"$T/deeper"
  done <"$T/nested"
  mv "$T/deeper" "$T/nested"
done
while IFS= read -r line; do
  unquoted "$line"
  folder=$(plain "$name"; printf x)
  folder=\${folder%x}
  if [ -d "$folder" ] && [ -n "$(ls -A "$folder")" ]; then
    printf 'skipped %s\ta submodule of the base\\n' "$line"
  fi
done <"$P/gitlinks"
`;

/** Puts a list into the index. One that git refuses is halved until the path that it refuses is alone, which is then skipped. */
const RECORD = `skipped=0
record() { # list of paths, flags
  if git update-index $2 --stdin <"$1" 2>"$T/why"; then
    sed -n 's/^Ignoring path \\(.*\\)/skipped \\1\ta name that git does not hold/p' "$T/why"
    return 0
  fi
  lines=$(wc -l <"$1")
  if [ "$lines" -le 1 ]; then
    skipped=$((skipped + 1))
    [ "$skipped" -le ${MAX_SKIPPED} ] || fail export "git can record none of ${MAX_SKIPPED} paths: $(head -n 1 "$T/why")"
    printf 'skipped %s\t%s\\n' "$(cat "$1")" "$(head -n 1 "$T/why")"
    return 0
  fi
  half=$((lines / 2))
  head -n "$half" "$1" >"$1.a"
  tail -n "+$((half + 1))" "$1" >"$1.b"
  record "$1.a" "$2"
  record "$1.b" "$2"
}
`;
