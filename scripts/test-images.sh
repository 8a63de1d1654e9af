#!/usr/bin/env bash
# Makes the images that the tests use: Drydock's own, and one that stands for "a POSIX shell and nothing else".
. "$(dirname "$0")/machine.sh"

# The script of a lane is tested in ash too, which is busybox's.
if ! command -v busybox >/dev/null && is_debian_root; then
  say 'installing busybox with apt-get, for tests'
  apt_install busybox-static
fi

node scripts/sandbox-image.ts
image=drydock-test-busybox
if node scripts/engine.ts has "$image"; then exit 0; fi
say "building the test image $image"
tar -C test/images/busybox -c Dockerfile | node scripts/engine.ts build "$image"
