# What is told.

# fail MESSAGE: ends the program.
fail() {
  printf 'mill: %s\n' "$1" >&2
  exit 2
}

# trace MESSAGE: told with --trace only.
trace() {
  [ "$trace" = no ] || printf '  trace %s\n' "$1"
}
