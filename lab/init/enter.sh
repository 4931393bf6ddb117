#!/bin/sh
# enter.sh CGROUP... -- COMMAND...: joins the cgroups, then becomes the command.
while [ "$1" != -- ]; do
  echo $$ >"$1/cgroup.procs" || exit 1
  shift
done
shift
exec "$@"
