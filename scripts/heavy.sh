#!/usr/bin/env bash
# A suite that is too heavy for `npm test`, after the set-up: `bash scripts/heavy.sh test/NAME.heavy.ts`.
. "$(dirname "$0")/machine.sh"
bash scripts/setup.sh
bash scripts/test-images.sh
exec vitest run --config vitest.heavy.config.ts "$@"
