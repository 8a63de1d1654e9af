# Shared by the set-up scripts, which source it: where the project is, how to speak, and how to install a Debian
# package. Leaves the project's root as the working folder.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$root"
PATH=$root/node_modules/.bin:$PATH

say() { printf 'setup: %s\n' "$*" >&2; }

# Ends the set-up with exit code 4, which stands for the sandbox everywhere in Drydock.
give_up() {
  say "$@"
  exit 4
}

is_debian_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && command -v dpkg >/dev/null; }

# One set-up at a time on this machine, for what is shared by all clones; held until the script ends.
lock_machine() {
  mkdir -p /run/drydock
  exec 8>/run/drydock/setup.lock
  flock 8
}

# Installs Debian packages. The package lists are fetched only when what is there does not do.
apt_install() {
  local log
  log=$(mktemp)
  install_now() { DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" </dev/null >"$log" 2>&1; }
  if ! install_now "$@"; then
    say "fetching apt's package lists"
    { apt-get update && install_now "$@"; } >"$log" 2>&1 || {
      tail -n 15 "$log" >&2
      give_up "apt-get could not install $*; the full output is in $log"
    }
  fi
  rm -f "$log"
}
