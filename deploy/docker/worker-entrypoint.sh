#!/bin/sh
# Container runtimes mount control groups read-only, and the launcher makes one for each sandbox. With a cgroup namespace of its own
# (Docker: --cgroupns private) the container sees no others than those below its own.
set -eu
while read -r _ _ _ _ at _; do
  case $at in
    /sys/fs/cgroup | /sys/fs/cgroup/*)
      mount -o remount,bind,rw "$at" || echo "worker-entrypoint: cannot make $at writable; it takes CAP_SYS_ADMIN." >&2
      ;;
  esac
done < /proc/self/mountinfo
# The address that API processes are told is the container's own, unless another one is given.
if [ "${SANDGLASS_ROLE:-all}" = worker ] && [ -n "${SANDGLASS_CLUSTER_PORT:-}" ] && [ -z "${SANDGLASS_CLUSTER_URL:-}" ]; then
  SANDGLASS_CLUSTER_URL="http://$(hostname -i | cut -d ' ' -f 1):$SANDGLASS_CLUSTER_PORT"
  export SANDGLASS_CLUSTER_URL
fi
exec sandglass "$@"
