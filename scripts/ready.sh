#!/bin/sh
# Runs what is missing, then the script that it is given: ready.sh FILE [ARGUMENT...].
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

if ! cmp -s package-lock.json node_modules/.ready; then
  echo "installing packages (npm ci)" >&2
  npm ci --no-audit --no-fund >&2
  cp package-lock.json node_modules/.ready
fi

exec sh scripts/node.sh "$@"
