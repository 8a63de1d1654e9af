# Keys: they change when a target has to be built.

declare -A keys=()

# make_key TARGET: sets keys[TARGET]. The keys of its needs must be there.
make_key() {
  local target=$1 need sums text
  text="run ${commands[$target]}"
  for need in ${needs[$target]:-}; do
    trace "$target needs $need ${keys[$need]}"
    text+="needs ${keys[$need]}"$'\n'
  done
  if [ -n "${inputs[$target]:-}" ]; then
    sums=$(md5sum ${inputs[$target]} 2> /dev/null) || fail "$target: an input is missing: ${inputs[$target]}"
    while read -r sum path; do trace "$target reads $path $sum"; done <<< "$sums"
    text+=$sums
  fi
  keys[$target]=$(md5sum <<< "$text")
  keys[$target]=${keys[$target]%% *}
  trace "$target key ${keys[$target]}"
}
