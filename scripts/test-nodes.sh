#!/usr/bin/env bash
# Runs the specs and a start of the built server on the newer versions of Node.js that Plaza promises to run on. All tests
# run on the one that runs this.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
server=
cleanup() {
  [[ -z "$server" ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

for version in 22 24; do
  if ! npm install --silent --no-audit --no-fund --prefix "$work/$version" "node@$version" >/dev/null 2>&1; then
    echo "test-nodes: skipped Node.js $version, because npm's registry does not give it"
    continue
  fi
  node="$work/$version/node_modules/node/bin/node"
  echo "test-nodes: $("$node" --version)"
  "$node" --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js --selectProjects unit --silent 2>&1 |
    tail -5
  mkdir "$work/$version/run"
  (cd "$work/$version/run" && exec env PORT=18082 WORKERS=1 "$node" "$OLDPWD/dist/server/main.js" >log 2>&1) &
  server=$!
  for _ in $(seq 300); do
    ! curl --silent --fail --output /dev/null http://127.0.0.1:18082/health/ready || break
    sleep 0.2
  done
  curl --silent --fail http://127.0.0.1:18082/r/lobby | grep -q 'public_key=' || {
    tail "$work/$version/run/log" >&2
    exit 1
  }
  kill "$server"
  wait "$server"
  server=
done
echo "test-nodes: all is well"
