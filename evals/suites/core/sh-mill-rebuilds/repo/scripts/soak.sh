#!/usr/bin/env bash
# Builds a large made-up project twice, telling everything, and checks that the second run builds nothing.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
bash "$here/scripts/make-project.sh" "$folder" || exit 2

echo "== first run"
"$here/bin/mill" -C "$folder" --trace || exit 2
echo "== second run"
"$here/bin/mill" -C "$folder" --trace > "$folder/second.log" || exit 2
cat "$folder/second.log"
again=$(grep -c '^build ' "$folder/second.log")
total=$(grep -c '^target ' "$folder/Millfile")
if [ "$again" -eq 0 ]; then
  echo "SOAK passed: none of $total targets was built again"
else
  echo "SOAK failed: $again of $total targets were built again"
  exit 1
fi
