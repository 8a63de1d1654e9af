# Messages about mistakes.

# fail MESSAGE: ends the program.
fail() {
  printf 'envrun: %s\n' "$1" >&2
  exit 2
}

usage() {
  echo "usage: envrun -f FILE --print | envrun -f FILE -- COMMAND [ARGUMENT...]" >&2
  exit 2
}
