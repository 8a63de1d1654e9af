#!/usr/bin/env bash
# `npm run test:podman`: the tests of the sandbox on Podman's API. Installs Podman where it is missing (Debian or Ubuntu,
# as root), starts its service on a socket of its own with storage of its own, copies the test images from the Docker
# engine, runs the tests (or those named as arguments), and stops what it started.
. "$(dirname "$0")/machine.sh"

run=/run/drydock/podman
data=/var/lib/drydock-podman

bash scripts/setup.sh
bash scripts/test-images.sh
if [ -z "$(command -v podman)" ] || [ -z "$(command -v catatonit)" ] || [ -z "$(command -v runc)" ]; then
  is_debian_root || give_up 'install podman, catatonit and runc, then run this again'
  say 'installing podman with apt-get'
  apt_install podman catatonit runc
fi

mkdir -p "$run" "$data"
exec 7>"$run/lock"
flock 7
socket=$run/podman.sock
rm -f "$socket"
# runc, since crun refuses the control groups of some machines; cgroupfs, since there may be no service manager.
# In a folder of its own: it leaves a file where it was started when a container runs out of memory.
(cd "$run" && exec podman --root "$data" --runroot "$run/state" --runtime runc --cgroup-manager cgroupfs \
  --events-backend file system service --time 0 "unix://$socket") >"$data/service.log" 2>&1 7>&- &
service=$!
trap 'kill "$service" 2>/dev/null || true; wait "$service" 2>/dev/null || true' EXIT
on_podman() { DOCKER_HOST=unix://$socket "$@"; }
for _ in $(seq 1 100); do
  if on_podman node scripts/engine.ts find >/dev/null 2>&1; then break; fi
  kill -0 "$service" 2>/dev/null || give_up "podman did not come up; its log is $data/service.log"
  sleep 0.1
done

own=$(node scripts/engine.ts own)
for image in "$own" drydock-test-busybox; do
  if on_podman node scripts/engine.ts has "$image"; then continue; fi
  say "copying $image to podman"
  node scripts/engine.ts save "$image" | on_podman node scripts/engine.ts load
done

if [ $# -eq 0 ]; then
  set -- sandbox/docker/create.test.ts sandbox/docker/container-limits.test.ts sandbox/docker/relay.test.ts sandbox/docker/prepare.test.ts test/workspace.test.ts \
    test/run.test.ts test/limits.test.ts
fi
on_podman vitest run --maxWorkers 1 "$@"
