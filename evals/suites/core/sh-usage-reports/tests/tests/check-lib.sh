# What the checks share. tests/old has the three programs as they were.
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
root=$PWD

same() { # WHAT GOT WANTED
  [ "$2" = "$3" ] || { printf '%s\ngot:    %s\nwanted: %s\n' "$1" "$2" "$3" >&2; exit 1; }
}

# outcome COMMAND...: standard output, standard error and the exit code, one after the other.
outcome() {
  "$@" > "$folder/out" 2> "$folder/err"
  local code=$?
  printf '%s\n-- errors\n%s\n-- code %s\n' "$(< "$folder/out")" "$(< "$folder/err")" "$code"
}

cat > "$folder/bad.log" << 'END'
# comment
2024-12-30T10:15:00Z ana make 125 0

  # another
2024-12-31T10:15:00Z ben make 59 1
not a line
2025-01-01T10:15:00Z ana make 60 0
2025-01-01T10:15:00Z ana make 6x 0
2025-01-06T00:00:00Z cem test 61 0 more
2025-01-06T00:00:00Z cem   test	61 130
END
cat > "$folder/good.log" << 'END'
2023-01-01T00:00:00Z zoe make 1 0
2023-01-01T23:59:59Z ana make 2 0
2023-01-02T00:00:00Z ana make 0 0
2023-01-02T00:00:00Z ben make 0 3
2022-12-31T12:00:00Z ana-maria-the-first make 100000 0
2022-12-31T12:00:00Z bo make 100000 0
2024-02-29T12:00:00Z bo lint 0 0
2024-02-29T12:00:00Z al lint 0 0
END
: > "$folder/empty.log"
cp "$folder/good.log" "$folder/-dash.log"
cp "$folder/good.log" "$folder/with blank.log"
