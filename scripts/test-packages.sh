#!/usr/bin/env bash
# Installs what `npm pack` and `npm run package:deb` make, sets up a community with each, looks at the page of its room, and
# removes it. The Debian package is tried by root on Debian and Ubuntu alone, where there is nothing of Plaza's.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! npm view sharp version >/dev/null 2>&1; then
  echo "test-packages: skipped, because npm's registry does not answer"
  exit 0
fi
. scripts/try-server.sh

echo "test-packages: npm pack"
npm pack --silent --pack-destination "$work" >/dev/null
npm install --silent --global --prefix "$work/global" "$work"/plaza-*.tgz
plaza="$work/global/bin/plaza"
mkdir "$work/home" "$work/elsewhere"
export HOME="$work/home"
settings="$HOME/.config/plaza/plaza.env"
mkdir -p "$(dirname "$settings")"
# Root's settings would be those of the machine.
echo "DATA_DIR=$work/data" >"$settings"
cd "$work/elsewhere"
"$plaza" setup --url http://203.0.113.9:18080 >/dev/null
start 18080 "$plaza" start
[[ "$("$plaza" room list)" == lobby* ]] || fail "the command does not see the room"
"$plaza" config | grep -q "$settings" || fail "plaza config does not name its settings"
check_page 18080
stop
[[ -z "$(ls "$work/elsewhere")" ]] || fail "the working directory was written to"
cd - >/dev/null

if [[ "$(id -u)" != 0 ]] || ! command -v dpkg >/dev/null || [[ -e /etc/plaza || -e /var/lib/plaza ]]; then
  echo "test-packages: skipped the Debian package"
  exit 0
fi
echo "test-packages: Debian package"
export HOME="$work/elsewhere"
dpkg --install "$(npm run --silent package:deb)" >/dev/null
cd "$work/elsewhere"
plaza setup --url http://203.0.113.9:18081 >/dev/null
[[ "$(stat -c %U:%a /var/lib/plaza/key_x25519)" == plaza:400 ]] || fail "the key is not the service's"
[[ "$(stat -c %U:%G:%a /etc/plaza/plaza.env)" == root:plaza:640 ]] || fail "others may read the settings"
start 18081 plaza start
[[ "$(ps -o user= -p "$server")" == plaza ]] || fail "the server runs as root"
[[ "$(plaza room list)" == lobby* ]] || fail "the command does not see the room"
check_page 18081
stop
cd - >/dev/null
dpkg --purge plaza >/dev/null
[[ ! -e /usr/bin/plaza && ! -e /etc/plaza && ! -e /usr/lib/plaza ]] || fail "something of the package stayed"
rm -rf /var/lib/plaza
userdel plaza
echo "test-packages: all is well"
