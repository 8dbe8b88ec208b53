#!/usr/bin/env bash
# Installs the real programs that the interop tests talk to, on Debian and Ubuntu, as root. Does nothing when all are there; prints nothing
# but the reason of a failure. No service is started.
set -euo pipefail

export PATH="$PATH:/usr/sbin:/sbin"
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
policy=/usr/sbin/policy-rc.d
made_policy=
log=

packages=()
need() { # package, and a program of it
  command -v "$2" >/dev/null || packages+=("$1")
}
need openvswitch-switch ovs-vswitchd
need openvswitch-testcontroller ovs-testcontroller
need tshark tshark
need dpdk-dev dpdk-testpmd
need openvswitch-switch-dpdk /usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk
[ ${#packages[@]} -eq 0 ] && exit 0

fail() {
  echo "install-peers: $1" >&2
  exit 1
}
command -v apt-get >/dev/null || fail "there is no apt-get; install by hand: ${packages[*]}"
[ "$(id -u)" -eq 0 ] || fail "run as root, or install by hand: ${packages[*]}"

cleanup() {
  [ -z "$made_policy" ] || rm -f "$policy"
  [ -z "$log" ] || rm -f "$log"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# 101 is policy-rc.d's answer for "this action is not allowed": packages then leave their services alone.
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  made_policy=yes
  chmod +x "$policy"
fi

log=$(mktemp)
apt() {
  apt-get -qq -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 </dev/null || {
    tail -n 20 "$log" >&2
    fail "apt-get $1 failed; wanted: ${packages[*]}"
  }
}
apt update
apt install -y --no-install-recommends "${packages[@]}"
