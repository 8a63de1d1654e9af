# The recorded keys: lines "NAME KEY" in .mill/cache.

cache=.mill/cache

# find_key TARGET: sets found to the key that was recorded for a target, or to nothing.
find_key() {
  local line pattern="^$1 ([0-9a-f]+)$"
  found=
  [ -f "$cache" ] || return 0
  while read -r line; do
    if [[ $line =~ $pattern ]]; then found=${BASH_REMATCH[1]}; fi
  done < "$cache"
}

# record_key TARGET KEY: puts the key in the place of earlier ones.
record_key() {
  local line kept= pattern="^$1 "
  [ -d .mill ] || mkdir .mill
  if [ -f "$cache" ]; then
    while read -r line; do
      [[ $line =~ $pattern ]] || kept+=$line$'\n'
    done < "$cache"
  fi
  printf '%s%s %s\n' "$kept" "$1" "$2" > "$cache"
}
