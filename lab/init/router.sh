#!/bin/bash
# First process of the outer namespaces: the router, the control plane, and the parent of every Node.
# Environment: LAB (the lab's directory), LAYOUT and HIERARCHIES (this kernel's cgroups), WITHOUT_ROOT (whether this is the
# root of a user namespace only). Killing it ends the lab.
set -eu
here=${BASH_SOURCE[0]%/*}
control=$LAB/machines/router/control logs=$LAB/machines/router/logs
. "$here/supervise.sh"

mount --make-rprivate /
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount_cgroups "$LAYOUT" $HIERARCHIES
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=700 etcd "$LAB/machines/router/etcd"
hostname router

boot() {
  local name=$1 directory cgroups=()
  for directory in "/sys/fs/cgroup/$name" /sys/fs/cgroup/*/"$name"; do
    if [ -d "$directory" ]; then cgroups+=("$directory"); fi
  done
  if [ "$name" = outside ]; then
    LAB_MACHINE=outside unshare --net --uts --fork --kill-child sh -c 'hostname outside; exec sleep infinity' 9<&- &
    return
  fi
  LAB_MACHINE=$name sh "$here/enter.sh" "${cgroups[@]}" -- \
    unshare --mount --net --pid --uts --ipc --cgroup --fork --kill-child=KILL \
    bash "$here/node.sh" >>"$LAB/machines/$name/logs/init.log" 2>&1 </dev/null 9<&- &
}

set +e
obey
