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

echo '== tests'
report=$(mktemp)
trap 'rm -f "$report"' EXIT
status=0
vitest run --reporter=default --reporter=json --outputFile.json="$report" || status=$?
# A file that cannot even be loaded has no tests that fail: it counts as one.
counts=$(node -p '
  const report = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  `${report.numPassedTests} ${report.numFailedTests + broken.length}`' "$report" 2>/dev/null) || counts='0 1'
read -r tests_passed tests_failed <<<"$counts"
# Vitest also fails for what no test is to blame for, such as an unhandled rejection.
if [ "$status" -ne 0 ] && [ "$tests_failed" -eq 0 ]; then tests_failed=1; fi
passed=$((passed + tests_passed))
failed=$((failed + tests_failed))
finish
