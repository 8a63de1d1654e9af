#!/usr/bin/env bash
# Makes sure that a Docker engine answers: uses the one that is there, else installs and starts one (Debian or Ubuntu,
# as root), with a data root, socket and pid file of its own. Silent when an engine answers already.
. "$(dirname "$0")/machine.sh"

run=/run/drydock
data=/var/lib/drydock-engine
log=$data/dockerd.log

answers() { node scripts/engine.ts find >/dev/null 2>&1; }

# Starts dockerd, with the folder $1 first on its PATH, and waits until it answers. No service manager is asked: in a
# container there is none.
start() {
  PATH=$1:$PATH setsid dockerd --host "unix://$run/docker.sock" --data-root "$data" --exec-root "$run/exec" \
    --pidfile "$run/docker.pid" >"$log" 2>&1 </dev/null 8>&- &
  local pid=$!
  for _ in $(seq 1 150); do
    if answers; then return 0; fi
    kill -0 "$pid" 2>/dev/null || return 1
    sleep 0.2
  done
  return 1
}

if answers; then exit 0; fi
tried=$(node scripts/engine.ts find 2>&1) || say "$tried"
if [ -n "${DOCKER_HOST:-}" ]; then give_up 'start that engine, or unset DOCKER_HOST to let another be found'; fi
if [ "$(uname -s)" != Linux ]; then give_up 'start Docker Desktop (or another Docker engine), then run this again'; fi
if ! is_debian_root; then
  give_up 'start a Docker engine, or install one with your package manager, then run this again;' \
    'on Debian or Ubuntu this script does it when it runs as root'
fi

lock_machine
if answers; then exit 0; fi
packages=()
command -v dockerd >/dev/null || packages+=(docker.io)
command -v iptables >/dev/null || packages+=(iptables)
if [ ${#packages[@]} -gt 0 ]; then
  say "installing ${packages[*]} with apt-get"
  apt_install "${packages[@]}"
  # Where there is a service manager, the package has started the engine.
  if answers; then exit 0; fi
fi

say "starting dockerd on unix://$run/docker.sock, with its data in $data (it keeps running; stop it with: kill \$(cat $run/docker.pid))"
mkdir -p "$data" "$run/legacy"
# A pid file that outlived its daemon would stop the new one as soon as the number is somebody else's.
if [ "$(cat "/proc/$(cat "$run/docker.pid" 2>/dev/null || echo none)/comm" 2>/dev/null)" != dockerd ]; then
  rm -f "$run/docker.pid"
fi
if start "$run"; then exit 0; fi
# Kernels without nf_tables want the older iptables; only this daemon gets to see it.
for name in iptables ip6tables; do ln -sf "/usr/sbin/$name-legacy" "$run/legacy/$name"; done
if grep -qi iptables "$log" && start "$run/legacy"; then exit 0; fi
grep -E 'failed|level=(error|fatal)' "$log" | tail -n 3 >&2 || true
give_up "dockerd did not come up; its log is $log"
