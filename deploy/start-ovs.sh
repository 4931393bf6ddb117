#!/bin/bash
# Container antrea-ovs: ovsdb-server and ovs-vswitchd in the foreground. Ends when either ends, so that the kubelet starts
# both anew; before that the transport interface gets its addresses back (userspace datapath).
set -u

run=/var/run/openvswitch
database=$run/conf.db
schema=/usr/share/openvswitch/vswitch.ovsschema
export OVS_RUNDIR=$run OVS_DBDIR=$run OVS_LOGDIR=/var/log/openvswitch

mkdir -p "$run" "$OVS_LOGDIR"
rm -f "$run"/*.pid "$run"/*.ctl "$run"/*.mgmt "$run"/*.snoop "$run"/db.sock

# Kernels without the module: the agent then takes the userspace datapath.
modprobe --dirname=/host openvswitch 2>/dev/null || true

if [ ! -f "$database" ]; then
  ovsdb-tool create "$database" "$schema" || exit 1
elif [ "$(ovsdb-tool needs-conversion "$database" "$schema")" = yes ]; then
  ovsdb-tool convert "$database" "$schema" || exit 1
fi

vswitchd=''
stop() {
  trap '' TERM INT
  antrea-agent --restore-transport || true
  for process in $vswitchd $database_server; do
    kill "$process" 2>/dev/null && wait "$process"
  done
  exit "$1"
}

ovsdb-server "$database" --remote=punix:$run/db.sock --pidfile -vconsole:warn -vsyslog:off -vfile:off &
database_server=$!
trap 'stop 0' TERM INT
until [ -S $run/db.sock ]; do
  kill -0 $database_server 2>/dev/null || exit 1
  sleep 0.02
done

version=$(ovs-vswitchd --version | sed -n '1s/.* //p')
ovs-vsctl --no-wait init -- set Open_vSwitch . "ovs-version=$version"
# The kernel's datapath goes on forwarding by its cached flows until the agent has put the tables back and clears this.
if [ "$(ovs-vsctl --no-wait --if-exists get Bridge br-int datapath_type 2>/dev/null)" = system ]; then
  ovs-vsctl --no-wait set Open_vSwitch . other_config:flow-restore-wait=true
fi

ovs-vswitchd unix:$run/db.sock --pidfile -vconsole:warn -vsyslog:off -vfile:off &
vswitchd=$!

wait -n $database_server $vswitchd
echo "start-ovs: one of ovsdb-server and ovs-vswitchd ended, stopping the other" >&2
stop 1
