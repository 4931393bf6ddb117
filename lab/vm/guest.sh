#!/bin/bash
# The virtual machine on its root: mounts, kernel modules, then the command of /out/command (arguments, each ended by NUL), whose
# output goes to the host's standard output and whose exit code to /out/exit-code.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir -p /dev/pts /dev/shm /run/lock /run/netns /run/tmp
mount -t devpts -o mode=620,ptmxmode=666 pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t cgroup2 cgroup /sys/fs/cgroup
ln -sfn /proc/self/fd /dev/fd
ip link set lo up
hostname kernel-datapath

if ! [ /lib/modules -ef "$(cat /out/modules)" ]; then
  rm -rf /lib/modules
  ln -s "$(cat /out/modules)" /lib/modules
fi
modprobe openvswitch || echo 'guest: the kernel has no openvswitch module'
modprobe vport-geneve
# Open vSwitch 3.1 takes a machine that is younger than 10 seconds for one without processors, and then answers no packet.
while read -r up _ </proc/uptime && [ "${up%.*}" -lt 11 ]; do sleep 0.2; done

mapfile -d '' -t command </out/command
port=$(echo /dev/vport*p1)
setsid "${command[@]}" >"$port" 2>&1 </dev/null
echo $? >/out/exit-code
sync
reboot -f
