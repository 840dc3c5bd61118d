#!/bin/sh
# SPDX-License-Identifier: MIT
# The harbour square, from a checkout: builds what it needs, and runs it with LÖVE 11.
#
#   sh examples/love/run.sh              a written story is played; no server, no account
#   sh examples/love/run.sh --emulator   canned answers of the emulator, over TLS, with a service account; one can type
#   sh examples/love/run.sh live         Gemini on Vertex AI; or any server, with CHATABI_CONFIG
set -eu
cd "$(dirname "$0")/../.."
love=$(command -v love) || {
  echo "LÖVE 11 is missing: apt-get install love, or https://love2d.org" >&2
  exit 1
}
if [ -z "${CHATABI_LIBRARY:-}" ]; then
  [ -f build/CMakeCache.txt ] || cmake -S . -B build -DCMAKE_BUILD_TYPE=Release >/dev/null
  cmake -S . -B build -DCHATABI_BUILD_EMULATOR=ON >/dev/null
  cmake --build build
  export CHATABI_LIBRARY="$PWD/build/libchatabi.so" LUA_PATH="$PWD/build/bindings/luajit/?.lua;;"
fi
[ "${1:-}" = --emulator ] || exec "$love" examples/love "$@"

# ---- with the emulator ----

place=$(mktemp -d)
emulator=""
finish() {
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

"${CHATABI_EMULATOR:-build/spec/emulator/chatabi-emulator}" --tls --quiet --pace 60 --dir "$place" >"$place/said" &
emulator=$!
tries=0
until [ -s "$place/said" ] || [ $tries -gt 100 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
said() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$place/said"; }
url=$(said tls_url)
cat >"$place/config.lua" <<END
return { provider = "vertex", project = "$(said project)", auth = { "file", "$(said credentials_file)" },
  base_url = "$url", ca_file = "$(said ca_file)", auth_allow_hosts = "127.0.0.1" }
END
CHATABI_CONFIG="$place/config.lua" "$love" examples/love
