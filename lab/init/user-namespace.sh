#!/bin/sh
# user-namespace.sh COMMAND...: in a new user namespace, waits on descriptor 3 until it has its ids, then becomes the command,
# as root of the namespace. ANTCTL_LAB_NAMESPACE tells the command that this namespace is the lab's.
echo >&3
read -r _ <&3 || exit 1
ANTCTL_LAB_NAMESPACE=$(readlink /proc/self/ns/user)
export ANTCTL_LAB_NAMESPACE
exec 3<&-
exec "$@"
