#!/bin/sh
# trial.sh DIRECTORY: in namespaces of its own, mounts once what the machines of a lab mount; a refusal is on standard error.
set -eu
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir -p "$1/lower" "$1/upper" "$1/work" "$1/merged"
mount -t overlay -o "userxattr,lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" overlay "$1/merged"
