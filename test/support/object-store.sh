#!/usr/bin/env bash
# A real S3-compatible object store on this machine, for tests: OpenStack Swift with its s3api, from Debian's packages.
#   object-store.sh start DIR PORT   starts it (PORT to PORT+4 on 127.0.0.1), makes no bucket; prints its settings as NAME=value
#   object-store.sh stop DIR         ends what start began
# DIR needs a file system with extended attributes (ext4, xfs, btrfs and overlayfs have them).
# Needs: apt-get install -y --no-install-recommends swift-proxy swift-account swift-container swift-object memcached
set -eu
verb=${1:?start or stop}; dir=${2:?a folder}
# Waits for the end of each, which frees its port. A process that nobody has asked for its exit code has no program any more.
stop() {
  for f in "$dir"/*.pid; do
    [ -f "$f" ] || continue
    pid=$(cat "$f"); rm -f "$f"; kill "$pid" 2>/dev/null || continue
    for i in $(seq 1 100); do readlink "/proc/$pid/exe" >/dev/null || break; [ "$i" = 50 ] && kill -9 "$pid"; sleep 0.1; done
  done
}
if [ "$verb" = stop ]; then stop; exit 0; fi
port=${3:?the first of five free ports}
command -v swift-proxy-server >/dev/null || { echo "swift is not installed: see the head of this script" >&2; exit 1; }
mkdir -p "$dir/etc" "$dir/devices/d1" "$dir/log"; dir=$(cd "$dir" && pwd); cd "$dir/etc"
printf '[swift-hash]\nswift_hash_path_suffix = a\nswift_hash_path_prefix = b\n[storage-policy:0]\nname = gold\ndefault = yes\n' > swift.conf
common="devices = $dir/devices\nmount_check = false\nbind_ip = 127.0.0.1\nworkers = 0\nuser = $(id -un)\nswift_dir = $dir/etc\ndisable_fallocate = true"
n=1; for s in object container account; do
  [ -f $s.ring.gz ] || { swift-ring-builder $s.builder create 4 1 1 >/dev/null; swift-ring-builder $s.builder add r1z1-127.0.0.1:$((port+n))/d1 1 >/dev/null; swift-ring-builder $s.builder rebalance >/dev/null; }
  printf "[DEFAULT]\n$common\nbind_port = $((port+n))\n[pipeline:main]\npipeline = $s-server\n[app:$s-server]\nuse = egg:swift#$s\n" > $s-server.conf
  n=$((n+1)); done
filters='catch_errors proxy-logging cache s3api tempauth copy slo dlo versioned_writes'
{ printf "[DEFAULT]\nbind_ip = 127.0.0.1\nbind_port = $port\nworkers = 0\nuser = $(id -un)\nswift_dir = $dir/etc\n[pipeline:main]\npipeline = $filters proxy-logging proxy-server\n"
  printf '[app:proxy-server]\nuse = egg:swift#proxy\naccount_autocreate = true\nallow_account_management = true\n[filter:tempauth]\nuse = egg:swift#tempauth\nuser_test_tester = testing .admin\n'
  printf '[filter:s3api]\nuse = egg:swift#s3api\nlocation = us-east-1\ndns_compliant_bucket_names = true\nallow_multipart_uploads = true\nstorage_domain = store.test\nmax_bucket_listing = 20\n'
  printf "[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:$((port+4))\n[filter:proxy-logging]\nuse = egg:swift#proxy_logging\n"
  for f in catch_errors copy slo dlo versioned_writes; do printf "[filter:$f]\nuse = egg:swift#$f\n"; done; } > proxy-server.conf
run() { SWIFT_DIR=$dir/etc setsid "${@:2}" >"$dir/log/$1" 2>&1 </dev/null & echo $! > "$dir/$1.pid"; }
run memcached memcached -u nobody -l 127.0.0.1 -p $((port+4))
for s in account container object proxy; do run $s swift-$s-server "$dir/etc/$s-server.conf"; done
# All of them before the first request: the proxy counts a server that it can't reach as broken for a minute.
for p in $(seq "$port" $((port+4))); do
  for i in $(seq 1 300); do (exec 3<>/dev/tcp/127.0.0.1/$p) 2>/dev/null && continue 2; sleep 0.2; done
  tail -n 3 "$dir"/log/* >&2; stop; exit 1
done
printf 'S3_ENDPOINT=http://127.0.0.1:%s\nS3_REGION=us-east-1\nS3_ACCESS_KEY_ID=test:tester\nS3_SECRET_ACCESS_KEY=testing\nS3_FORCE_PATH_STYLE=true\n' "$port"
