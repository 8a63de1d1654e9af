# Builds.

# Builds every target of the order that is not up to date; ends the program at the first that fails.
build_all() {
  local target found built=0
  for target in "${order[@]}"; do
    make_key "$target"
    find_key "$target"
    trace "$target recorded ${found:-nothing}"
    if [ "$found" = "${keys[$target]}" ]; then
      echo "up to date $target"
      continue
    fi
    echo "build $target"
    bash -c "${commands[$target]}" || {
      echo "mill: $target failed" >&2
      exit 1
    }
    record_key "$target" "${keys[$target]}"
    built=$((built + 1))
  done
  echo "$built of ${#order[@]} built"
}
