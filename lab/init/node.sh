#!/bin/bash
# First process of a Node: makes a root of its own (memory, this machine's /usr read-only, a /var on disk), so that every
# path is Kubernetes' default one, then runs what it is told. Environment: LAB, LAB_MACHINE, LAYOUT, HIERARCHIES, WITHOUT_ROOT.
set -eu
. "${BASH_SOURCE[0]%/*}/supervise.sh"
name=$LAB_MACHINE
machine=$LAB/machines/$name
root=$machine/root
mkdir -p "$root" "$machine/var"

mount --make-rprivate /
mount -t tmpfs -o mode=755 "$name" "$root"
cd "$root"
mkdir -p usr var run tmp proc sys dev root home mnt srv .machine opt/cni/bin \
  opt/lab/{bin,images,pki,control,logs,sysctl} etc/cni/net.d etc/containerd etc/kubernetes/manifests

bind_read_only() { mount --bind "$1" "$2" && mount -o remount,bind,ro "$2"; }
bind_read_only /usr usr
bind_read_only "$LAB/bin" opt/lab/bin
bind_read_only "$LAB/images" opt/lab/images
bind_read_only "$machine/pki" opt/lab/pki
mount --bind "$machine/control" opt/lab/control
mount --bind "$machine/logs" opt/lab/logs
mount --bind "$machine/var" var
for directory in bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$directory" ]; then ln -s "usr/$directory" "$directory"; fi
done
for file in passwd group shadow nsswitch.conf alternatives ld.so.cache ld.so.conf ld.so.conf.d ssl protocols services \
  iproute2 xtables openvswitch login.defs bash.bashrc localtime; do
  # What the user may not read (shadow, keys) his Nodes do without.
  if [ -e "/etc/$file" ]; then cp -r --preserve=mode,links "/etc/$file" etc/ || [ -n "$WITHOUT_ROOT" ]; fi
done
cp -r "$machine/etc/." etc/
mkdir -p var/lib/kubelet var/lib/containerd var/log
ln -sfn /run var/run

mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mount -t proc proc proc
mount -t sysfs sysfs sys
mount_cgroups "$LAYOUT" $HIERARCHIES
mount -t bpf bpf sys/fs/bpf 2>/dev/null || true

mount -t tmpfs -o mode=755,nosuid dev dev
mkdir dev/net dev/pts dev/shm dev/mqueue
# A user namespace makes no devices, and uses those that the machine leaves open.
make_device() {
  if [ -n "$WITHOUT_ROOT" ]; then : >"dev/$1" && mount --bind "/dev/$1" "dev/$1"; else mknod -m "$4" "dev/$1" c "$2" "$3"; fi
}
while read -r device; do make_device $device; done <<'DEVICES'
null 1 3 666
zero 1 5 666
full 1 7 666
random 1 8 666
urandom 1 9 666
kmsg 1 11 600
tty 5 0 666
net/tun 10 200 666
DEVICES
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
mount -t mqueue mqueue dev/mqueue || true
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${stream%:*}" "dev/${stream#*:}"; done

# The kubelet sets tunables that belong to the whole machine: these files take its writes instead.
while read -r key value; do
  file=opt/lab/sysctl/${key//\//.}
  echo "$value" >"$file"
  mount --bind "$file" "proc/sys/$key"
done <<'TUNABLES'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
TUNABLES

pivot_root . .machine
cd /
umount -l /.machine
rmdir /.machine
mount --make-rshared /
hostname "$name"
unset root
export PATH=/opt/lab/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
control=/opt/lab/control logs=/opt/lab/logs
boot() { :; }

set +e
obey
