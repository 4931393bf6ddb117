# Sourced by the first process of a machine, which needs: WITHOUT_ROOT, control (services/NAME with an argument a line, and the FIFO that
# is made here) and logs. Bash collects orphans while it waits, which is why it is the one that waits.

# Every cgroup hierarchy of this kernel, as this cgroup namespace sees it, below /sys/fs/cgroup. Arguments: the layout
# ("v1" or "v2"), then for v1 each hierarchy's controllers, as in /proc/self/cgroup.
mount_cgroups() {
  local layout=$1 names controller target=${root-}/sys/fs/cgroup
  shift
  if [ "$layout" = v2 ]; then
    mount_hierarchy cgroup2 rw "$target"
    return
  fi
  mount -t tmpfs -o mode=755,nosuid,nodev,noexec cgroup "$target"
  for names; do
    mkdir "$target/${names#name=}"
    case $names in
      name=*) mount_hierarchy cgroup "none,$names" "$target/${names#name=}" ;;
      *) mount_hierarchy cgroup "$names" "$target/$names" ;;
    esac
    case $names in
      *,*) for controller in ${names//,/ }; do ln -s "$names" "$target/$controller"; done ;;
    esac
  done
}

# Without root nobody makes a cgroup, also where a user could: no one would remove it.
mount_hierarchy() {
  mount -t "$1" -o "$2" "$1" "$3"
  if [ -n "$WITHOUT_ROOT" ]; then mount -o remount,bind,ro "$3"; fi
}

# Keeps a service running, a second between two runs.
run_service() {
  local name=$1 command
  mapfile -t command <"$control/services/$name"
  (
    while :; do
      "${command[@]}" </dev/null >>"$logs/$name.log" 2>&1
      echo "--- $name ended with $?" >>"$logs/$name.log"
      sleep 1
    done
  ) 9<&- &
}

# Obeys "start SERVICE" and "boot NODE" until the machine is killed.
obey() {
  local verb name
  mkfifo "$control/commands"
  exec 9<>"$control/commands"
  : >"$control/ready"
  trap 'exit 0' TERM INT
  while read -r verb name <&9; do
    case $verb in
      start) run_service "$name" ;;
      boot) boot "$name" ;;
    esac
  done
}
