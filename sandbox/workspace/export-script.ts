/** The tree out of the sandbox: a POSIX sh script that records what the files say, whatever became of `.git`. */
import { shellQuote } from '../quote.ts';
import { END_OF_REPORT } from './export-report.ts';
import { scriptPrelude, type WorkspacePaths } from './script-prelude.ts';

export type ExportScript = WorkspacePaths & {
  /** The commit that was imported. */
  base: string;
  /** The tree of the workspace that the host has already; null: only the base's. */
  known: string | null;
};

/** git's reasons are per file; past this many something larger is wrong, such as a full disk. */
const MAX_SKIPPED = 100;

/**
 * Text of a script to run as the agent's user; read the first part of its stdout with `parseExport`. Where there is
 * something new, a pack follows: the objects by which the tree differs from the known one. It uses the private git
 * folder only, and a copy of the index that the import left (with its time, by which git knows which entries to
 * distrust): so every export starts at the base, whatever an earlier one did or left undone. What goes into the tree:
 * - files that the base tracks, as they are now (ignored or not), and files that no `.gitignore` in the tree ignores.
 *   A file that the agent committed with `git add -f` although it is ignored stays out: the files decide, not the
 *   agent's index, which may be gone or rewritten;
 * - the files of nested repositories, without their `.git`, where neither they nor the outer repository ignore them;
 * - submodules of the base, unchanged: what lies in their folders is named as skipped.
 * A file that git cannot record (unreadable, a socket, a name like `.GIT`) is named as skipped and stays as it was.
 *
 * Mostly there is none of this, and `git add` does it all in one process. Wherever it complains, or has recorded a
 * repository as such, what it did is dropped, and the files are gone through in parts.
 */
export function exportScript(request: ExportScript): string {
  return `${scriptPrelude(request)}
base=${shellQuote(request.base)}
known=${shellQuote(request.known ?? '')}
T="$P/tmp"
damaged="the sandbox's private git folder $P is gone or damaged"
# The tree of the base is asked for once; the folder of temporary lists stays, and each list is emptied before use.
[ -f "$P/index" ] || fail damaged "$damaged"
if [ ! -s "$P/base-tree" ]; then git rev-parse --verify --quiet "$base^{tree}" >"$P/base-tree" 2>/dev/null; fi
read -r base_tree <"$P/base-tree" || fail damaged "$damaged"
[ -d "$T" ] || mkdir "$T" || fail damaged "$damaged"
GIT_INDEX_FILE="$T/index"
cd "$W" 2>/dev/null || fail export "the workspace $W is gone or closed"

begin() {
  if [ -e "$T/index.lock" ]; then rm -f "$T/index.lock"; fi
  cp -p "$P/index" "$T/index" 2>/dev/null || fail damaged "$damaged"
}
whole() {
  [ ! -s "$P/gitlinks" ] && git add -A 2>"$T/log" && [ ! -s "$T/log" ]
}
parts() {
${COLLECT}
${FLATTEN}
  if [ -s "$T/add" ]; then record "$T/add" '--add --remove --replace'; fi
}
${RECORD}
compare() {
  tree=$(git write-tree 2>"$T/why") || fail damaged "$damaged: $(head -n 1 "$T/why")"
  changes=
  case $tree in "$base_tree" | "$known") return ;; esac
  changes=$(git diff-tree -r -t --raw --no-renames "\${known:-$base_tree}" "$tree" 2>"$T/why") ||
    fail damaged "$damaged: $(head -n 1 "$T/why")"
}
begin
if whole; then
  compare
  # The mode of a nested repository (or a part of a name, which costs time and nothing else).
  case $changes in *' 160000 '*) whole= ;; *) whole=y ;; esac
else
  whole=
fi
if [ -z "$whole" ]; then
  begin
  parts
  compare
fi

as=new
if [ "$tree" = "$base_tree" ]; then as=base; elif [ "$tree" = "$known" ]; then as=known; fi
printf 'tree %s\\nas %s\\n${END_OF_REPORT}\\n' "$tree" "$as"
# From here on the agent's commands may run, and are not to be slower for it.
low=
if command -v nice >/dev/null 2>&1; then low='nice -n 19'; fi
${SETTLE}
if [ "$as" != new ]; then
  settle
  exit 0
fi
{
  printf '%s\\n' "$tree"
  printf '%s\\n' "$changes" |
    sed -n -e '/^:[0-7]* 000000 /d' -e '/^:[0-7]* 160000 /d' -e 's/^:[0-7]* [0-7]* [0-9a-f]* \\([0-9a-f]*\\) .*/\\1/p'
} | $low git pack-objects --stdout --quiet --window=0 --compression=1 2>/dev/null || exit 1
settle
`;
}

/**
 * git reads every file again that is as young as its index, whole seconds compared: after an import those are most, and
 * each export would pay for them. So the base's index is made anew with what an export has found about the files that are
 * as in the base; in all others git sees a change by itself. Twice, since the first export may come within a second of
 * the import.
 */
const SETTLE = `settle() {
  [ ! -e "$P/settled.2" ] || return 0
  $low git read-tree -m -i "$base_tree" 2>/dev/null && mv "$T/index" "$P/index" || return 0
  if [ -e "$P/settled.1" ]; then : >"$P/settled.2"; else : >"$P/settled.1"; fi
}`;

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
