#!/bin/sh
# ordinary-user.sh PLACE STORE CHECKOUT ID COMMAND...: a command as a user that this machine does not have, in the checkout as if
# it were that user's. Run by root in a mount namespace of its own, which is all that knows of the user and of his open tun device.
set -eu
place=$1 store=$2 checkout=$3 id=$4
shift 4

mount -t overlay -o "lowerdir=$store/etc:/etc" overlay /etc
mount -t tmpfs -o mode=755 tmpfs "$place"
mkdir "$place/checkout" "$place/home"
mknod -m 0666 "$place/tun" c 10 200
mount --bind "$place/tun" /dev/net/tun
mount --bind "$store/home" "$place/home"
mount --bind "$checkout" "$place/checkout"
for directory in dist .cache; do mount --bind "$store/$directory" "$place/checkout/$directory"; done

cd "$place/checkout"
exec setpriv --reuid "$id" --regid "$id" --clear-groups --inh-caps=-all \
  env -i "HOME=$place/home" "PATH=$PATH" "KUBEBUILDER_ASSETS=${KUBEBUILDER_ASSETS-}" NO_COLOR=1 \
  "KUBECONFIG=$place/checkout/.cache/lab/kubeconfig" "$@"
