#!/usr/bin/env bash
# Brings this machine to where Drydock can work: dependencies, a Docker engine, the base image. Says beforehand what it
# is about to do, and is quick and silent when all is there. Safe to run twice, and twice at once.
. "$(dirname "$0")/machine.sh"

# The lockfile's own hash, kept beside what was installed from it, tells whether the two are in step.
wanted=$(cksum <package-lock.json)
installed() { [ "$(cat node_modules/.drydock-lock 2>/dev/null)" = "$wanted" ]; }
if ! installed; then
  exec 9<package-lock.json
  if command -v flock >/dev/null; then flock 9; fi
  if ! installed; then
    say 'installing the dependencies into node_modules (npm ci)'
    npm ci --no-audit --no-fund --no-update-notifier --loglevel=error >&2
    printf '%s\n' "$wanted" >node_modules/.drydock-lock
  fi
  exec 9<&-
fi

if node scripts/engine.ts ready 2>/dev/null; then exit 0; fi
bash scripts/engine.sh
bash scripts/base-image.sh
