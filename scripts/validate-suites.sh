#!/usr/bin/env bash
# `npm run validate:suites`: the whole matrix of every bundled task, three times in a row, and the record of it.
. "$(dirname "$0")/machine.sh"
bash scripts/setup.sh
for suite in smoke core; do
  bin/drydock eval validate "$suite" --times 3 --jobs "${JOBS:-2}"
done
