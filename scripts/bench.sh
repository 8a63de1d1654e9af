#!/usr/bin/env bash
# A benchmark, after the set-up: `bash scripts/bench.sh bench/NAME.ts`. The sandbox image is built beforehand, by doctor,
# so that no run of the benchmark builds it.
. "$(dirname "$0")/machine.sh"
bash scripts/setup.sh
bin/drydock doctor >&2 || true
exec node "$@"
