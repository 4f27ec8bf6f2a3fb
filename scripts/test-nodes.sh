#!/usr/bin/env bash
# Runs the specs and a start of the built server on the newer versions of Node.js that Plaza promises to run on. All tests
# run on the one that runs this.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/try-server.sh
main=$PWD/dist/server/main.js

for version in 22 24; do
  if ! npm install --silent --no-audit --no-fund --prefix "$work/$version" "node@$version" >/dev/null 2>&1; then
    echo "test-nodes: skipped Node.js $version, because npm's registry does not give it"
    continue
  fi
  node="$work/$version/node_modules/node/bin/node"
  echo "test-nodes: $("$node" --version)"
  "$node" --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js --selectProjects unit --silent 2>&1 |
    tail -5
  start 18082 env PORT=18082 WORKERS=1 DATA_DIR="$work/$version/data" "$node" "$main"
  check_page 18082
  stop
done
echo "test-nodes: all is well"
