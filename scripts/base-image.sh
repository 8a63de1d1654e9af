#!/usr/bin/env bash
# Makes sure that the engine can build the Dockerfile: the base image is there, or the sandbox image itself. Where no
# registry answers, the base is made of Debian packages, from the mirror that this machine's apt uses, under the same name.
. "$(dirname "$0")/machine.sh"

base=$(sed -n 's/^FROM //p' Dockerfile)
suite=bookworm

if node scripts/engine.ts ready; then exit 0; fi
say "fetching the base image $base"
if failure=$(node scripts/engine.ts pull "$base" 2>&1); then exit 0; fi
say "it cannot be fetched: $failure"
if ! is_debian_root; then
  give_up "give the engine a registry that has $base, or run this as root on Debian, where it is made of packages"
fi

lock_machine
if node scripts/engine.ts has "$base"; then exit 0; fi
command -v debootstrap >/dev/null || {
  say 'installing debootstrap with apt-get'
  apt_install debootstrap
}
repositories() { apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' "Label: $1" | sort -u | head -n 1; }
mirror=$(repositories Debian)
if [ -z "$mirror" ]; then
  apt-get update >/dev/null 2>&1 || true
  mirror=$(repositories Debian)
fi
[ -n "$mirror" ] || give_up "apt on this machine names no Debian mirror to make $base from; give the engine a registry that has it"
security=$(repositories Debian-Security)

say "making $base from Debian packages of $mirror (about a minute)"
# Not /tmp, which is often mounted without device files.
work=$(mktemp -d /var/tmp/drydock-base.XXXXXX)
clean() {
  if mountpoint -q "$work/rootfs/proc"; then umount "$work/rootfs/proc"; fi
  rm -rf "$work"
}
trap clean EXIT
debootstrap --variant=minbase "$suite" "$work/rootfs" "$mirror" >"$work/log" 2>&1 || {
  tail -n 15 "$work/log" >&2
  give_up 'debootstrap failed'
}
{
  echo "deb $mirror $suite main"
  echo "deb $mirror $suite-updates main"
  if [ -n "$security" ]; then echo "deb $security $suite-security main"; fi
} >"$work/rootfs/etc/apt/sources.list"
rm -rf "$work"/rootfs/var/cache/apt/* "$work"/rootfs/var/lib/apt/lists/* "$work"/rootfs/var/log/* \
  "$work"/rootfs/usr/share/{man,info,locale}/*
find "$work/rootfs/usr/share/doc" -type f ! -name copyright -delete
tar -C "$work/rootfs" --exclude=./proc/* --exclude=./sys/* -c . | node scripts/engine.ts import "$base"
