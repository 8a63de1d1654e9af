# The recorded keys: lines "NAME KEY" in .mill/cache.

cache=.mill/cache

# recorded_key TARGET: prints the key that was recorded for a target, if there is one.
recorded_key() {
  [ -f "$cache" ] && sed -n "s/^$1 //p" "$cache" | tail -n 1
}

# record_key TARGET KEY
record_key() {
  [ -f "$cache" ] || { mkdir -p .mill && : > "$cache"; }
  { sed "/^$1 /d" "$cache"; echo "$1 $2"; } > "$cache.new"
  mv "$cache.new" "$cache"
}
