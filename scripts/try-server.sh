# For scripts that try what was built: a folder of their own in $work, and a server that is stopped with them.
work=$(mktemp -d)
chmod 755 "$work"
server=
cleanup() {
  [[ -z "$server" ]] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "$(basename "$0" .sh): $1" >&2
  [[ ! -f "$work/log" ]] || tail -20 "$work/log" >&2
  exit 1
}

# Starts a server by the command given and waits until it is ready at the port.
start() {
  local port=$1
  shift
  "$@" >"$work/log" 2>&1 &
  server=$!
  for _ in $(seq 300); do
    ! curl --silent --fail --output /dev/null "http://127.0.0.1:$port/health/ready" || return 0
    kill -0 "$server" 2>/dev/null || fail "the server ended"
    sleep 0.2
  done
  fail "the server is not ready"
}

stop() {
  kill "$server"
  wait "$server" || fail "the server ended with $?"
  server=
}

# Whether a public page of the room shows that a community is served.
check_page() {
  curl --silent --fail "http://127.0.0.1:$1/r/lobby" | grep -q 'public_key=' || fail "the page of the room is not there"
}
