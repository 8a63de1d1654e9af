# The order in which targets are built.

# The targets, each after all that it needs.
order=()
declare -A visited=()

# sort_targets TARGET...
sort_targets() {
  local target
  for target; do visit "$target" ''; done
}

# visit TARGET PATH: adds a target and what it needs; PATH holds the targets that led here.
visit() {
  local target=$1 path=$2 need
  [ -n "${commands[$target]+there}" ] || fail "there is no target $target"
  case "$path " in
    *" $target "*) fail "a circle:$path $target" ;;
  esac
  [ -z "${visited[$target]:-}" ] || return 0
  for need in ${needs[$target]:-}; do visit "$need" "$path $target"; done
  visited[$target]=yes
  order+=("$target")
}
