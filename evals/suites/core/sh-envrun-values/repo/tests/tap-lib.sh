# Test Anything Protocol for bash. A test sources this, calls `is`, and ends with `finish`.
n=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# is DESCRIPTION GOT WANTED
is() {
  n=$((n + 1))
  if [ "$2" = "$3" ]; then
    echo "ok $n - $1"
  else
    echo "not ok $n - $1"
    printf '# got:    %s\n' "${2//$'\n'/$'\n'#         }"
    printf '# wanted: %s\n' "${3//$'\n'/$'\n'#         }"
  fi
}

finish() {
  echo "1..$n"
}
