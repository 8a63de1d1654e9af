#!/usr/bin/env bash
# Makes the image that tests use to stand for "a POSIX shell and nothing else": no git, no bash.
. "$(dirname "$0")/machine.sh"

image=drydock-test-busybox
if node scripts/engine.ts has "$image"; then exit 0; fi
say "building the test image $image"
tar -C test/images/busybox -c Dockerfile | node scripts/engine.ts build "$image"
