#!/bin/bash
# Container antrea-ovs: ovsdb-server and ovs-vswitchd in the foreground. One that ends is started again at once, because on
# the userspace datapath no packet passes meanwhile and the kubelet would wait; one that ends again and again ends the
# container, so that everybody sees it. Before that the transport interface gets its addresses back (userspace datapath).
set -u

run=/var/run/openvswitch
database=$run/conf.db
schema=/usr/share/openvswitch/vswitch.ovsschema
export OVS_RUNDIR=$run OVS_DBDIR=$run OVS_LOGDIR=/var/log/openvswitch
# More ends than this within a minute are a crash loop.
most_ends=6

mkdir -p "$run" "$OVS_LOGDIR"
rm -f "$run"/*.pid "$run"/*.ctl "$run"/*.mgmt "$run"/*.snoop "$run"/db.sock

# Kernels without the module: the agent then takes the userspace datapath.
modprobe --dirname=/host openvswitch 2>/dev/null || true

if [ ! -f "$database" ]; then
  ovsdb-tool create "$database" "$schema" || exit 1
elif [ "$(ovsdb-tool needs-conversion "$database" "$schema")" = yes ]; then
  ovsdb-tool convert "$database" "$schema" || exit 1
fi

database_server='' vswitchd=''
stop() {
  trap '' TERM INT
  antrea-agent --restore-transport || true
  for process in $vswitchd $database_server; do
    kill "$process" 2>/dev/null && wait "$process"
  done
  exit "$1"
}
trap 'stop 0' TERM INT

start_database() {
  rm -f $run/db.sock
  ovsdb-server "$database" --remote=punix:$run/db.sock --pidfile -vconsole:warn -vsyslog:off -vfile:off &
  database_server=$!
  until [ -S $run/db.sock ]; do
    kill -0 $database_server 2>/dev/null || return
    sleep 0.02
  done
}

start_vswitchd() {
  kill -0 "$database_server" 2>/dev/null || start_database
  rm -f "$run"/ovs-vswitchd.*.ctl
  # The kernel's datapath goes on forwarding by its cached flows until the agent has put the tables back and clears this.
  if [ "$(ovs-vsctl --timeout=5 --no-wait --if-exists get Bridge br-int datapath_type 2>/dev/null)" = system ]; then
    ovs-vsctl --timeout=5 --no-wait set Open_vSwitch . other_config:flow-restore-wait=true
  fi
  # Its copy of the kernel's routes it forgets for a moment at any change of a link: the agent gives it those of the tunnels.
  ovs-vswitchd unix:$run/db.sock --disable-system-route --pidfile -vconsole:warn -vsyslog:off -vfile:off &
  vswitchd=$!
}

start_database
version=$(ovs-vswitchd --version | sed -n '1s/.* //p')
ovs-vsctl --timeout=5 --no-wait init -- set Open_vSwitch . "ovs-version=$version" || stop 1
start_vswitchd

ends=()
while true; do
  wait -n -p ended $database_server $vswitchd
  status=$?
  name=ovs-vswitchd
  [ "$ended" = "$database_server" ] && name=ovsdb-server
  now=$SECONDS recent=()
  for at in "${ends[@]}" "$now"; do [ $((now - at)) -lt 60 ] && recent+=("$at"); done
  ends=("${recent[@]}")
  if [ ${#ends[@]} -gt $most_ends ]; then
    echo "start-ovs: $name ended with status $status, as the ${#ends[@]}th end within a minute: giving up" >&2
    stop 1
  fi
  echo "start-ovs: $name ended with status $status, starting it again" >&2
  [ ${#ends[@]} -gt 2 ] && sleep 0.5
  if [ $name = ovsdb-server ]; then start_database; else start_vswitchd; fi
done
