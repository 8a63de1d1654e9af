#!/usr/bin/env bash
# `npm run demo`: set-up, then the demo itself.
. "$(dirname "$0")/machine.sh"
bash scripts/setup.sh
exec node demo/demo.ts "$@"
