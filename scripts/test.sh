#!/usr/bin/env bash
# `npm test`: set-up, formatting and lint (with the import rules), types, all tests. Goes on after a failure, and always
# ends with a line that sums everything up: each check counts as one test.
. "$(dirname "$0")/machine.sh"

passed=0
failed=0
finish() {
  echo "$passed passed, $failed failed"
  if [ "$failed" -gt 0 ]; then exit 1; fi
}

check() {
  local name=$1
  shift
  echo "== $name"
  if "$@"; then passed=$((passed + 1)); else
    failed=$((failed + 1))
    echo "$name failed" >&2
  fi
}

check 'set-up' bash scripts/setup.sh
if [ "$failed" -gt 0 ]; then finish; fi
check 'test images' bash scripts/test-images.sh
check 'format, lint and import rules' biome check --error-on-warnings .
check 'types' tsc --noEmit -p .

# Vitest also fails for what no test is to blame for, such as an unhandled rejection.
run_vitest() {
  local report=$1
  shift
  vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@"
}

echo '== tests'
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
status=0
run_vitest "$reports/first.json" || status=$?
# Two test files run at once, on machines that may be slow: what fails by that alone passes alone, and is named so that it
# can be mended. What is broken fails twice.
mapfile -t again < <(node scripts/test-report.ts files "$reports/first.json")
second=()
if [ "${#again[@]}" -gt 0 ]; then
  echo "== again, alone: ${again[*]}"
  status=0
  run_vitest "$reports/second.json" --maxWorkers=1 "${again[@]}" || status=$?
  second=("$reports/second.json")
fi
counts=$(node scripts/test-report.ts counts "$reports/first.json" "${second[@]}") || counts='0 1'
read -r tests_passed tests_failed <<<"$counts"
if [ "$status" -ne 0 ] && [ "$tests_failed" -eq 0 ]; then tests_failed=1; fi
passed=$((passed + tests_passed))
failed=$((failed + tests_failed))
finish
