#!/bin/busybox sh
# First process of the virtual machine, in memory: loads what reaches the host's file system (/modules lists it in the order
# of loading), lays a writable memory over it and goes on there with /out/guest.sh.
bb=/bin/busybox
$bb mkdir -p /proc /dev /host /memory /root
$bb mount -t proc proc /proc
$bb mount -t devtmpfs dev /dev

while read -r module; do
  $bb insmod "/lib/$module" || echo "init: cannot load $module"
done </modules

$bb mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose host /host &&
  $bb mount -t tmpfs -o size=80% memory /memory &&
  $bb mkdir /memory/upper /memory/work &&
  $bb mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work overlay /root &&
  $bb mkdir -p /root/out /root/proc /root/sys /root/dev /root/run &&
  $bb mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none out /root/out ||
  { echo 'init: no way to the host' && $bb reboot -f; }
$bb mount --move /dev /root/dev
$bb umount /proc
exec $bb switch_root /root /bin/bash /out/guest.sh
