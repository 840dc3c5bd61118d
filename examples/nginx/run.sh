#!/bin/sh
# SPDX-License-Identifier: MIT
# Tries the gateway without an account: chatabi-emulator plays Vertex AI, nginx runs as here until Ctrl-C.
#   sh run.sh            listens on 127.0.0.1:8080, or on PORT
# Needed: nginx with Lua (Debian: nginx-light libnginx-mod-http-lua), chatabi installed or built in this checkout.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-8080}
PATH=$PATH:/usr/sbin:/usr/local/sbin

fail() { echo "run.sh: $*" >&2; exit 1; }

# The first of the paths that exists.
first() { for path in "$@"; do if [ -e "$path" ]; then echo "$path"; return; fi; done; }

build=$here/../../build
module=${CHATABI_LUAJIT_FILE:-$(first "$build/bindings/luajit/chatabi.lua" /usr/local/share/chatabi/luajit/chatabi.lua /usr/share/chatabi/luajit/chatabi.lua)}
emulator=${CHATABI_EMULATOR:-$(first "$build/spec/emulator/chatabi-emulator" "$(command -v chatabi-emulator || true)")}
library=${CHATABI_LIBRARY:-$(first "$build/libchatabi.so")} # none: the one that is installed
[ -n "$module" ] || fail "chatabi.lua for LuaJIT is not found: build or install chatabi, or set CHATABI_LUAJIT_FILE"
[ -n "$emulator" ] || fail "chatabi-emulator is not found: build or install chatabi, or set CHATABI_EMULATOR"
command -v nginx >/dev/null || fail "nginx is not found: apt-get install nginx-light libnginx-mod-http-lua"

place=$(mktemp -d)
started=""
# shellcheck disable=SC2086 # a list of processes
trap 'kill $started 2>/dev/null || true; wait; rm -rf "$place"' EXIT
trap 'exit 0' INT TERM

# The example in a folder of its own, with another port and another user.
cp -R "$here/nginx.conf" "$here/lua" "$place"
cp "$module" "$place/lua/chatabi.lua"
mkdir "$place/run" "$place/emulator"
sed "s/listen 127.0.0.1:8080;/listen 127.0.0.1:$port;/; s/^user .*/user $(id -un);/; s/^worker_processes .*/worker_processes 1;/" \
  "$here/nginx.conf" >"$place/nginx.conf"

"$emulator" --tls --quiet --print-env --project my-project --dir "$place/emulator" >"$place/env" &
started=$!
until [ -s "$place/env" ]; do kill -0 "$started" || fail "the emulator does not start"; sleep 0.1; done
. "$place/env"

# What settings.lua says, but for where the server is.
cat >"$place/settings.lua" <<END
local settings = dofile "$here/settings.lua"
local vertex = settings.backends.vertex
vertex.provider, vertex.project, vertex.location = "vertex", "my-project", "us-central1"
vertex.base_url, vertex.ca_file = "$CHATABI_EMULATOR_TLS_URL", "$CHATABI_EMULATOR_CA"
vertex.auth, vertex.auth_allow_hosts = { "file", "$place/emulator/service-account.json" }, "${CHATABI_EMULATOR_TLS_URL#*//}"
return settings
END

echo "The gateway listens on http://127.0.0.1:$port/v1; any key is right. Ctrl-C ends it."
[ -z "$library" ] || export CHATABI_LIBRARY="$library"
touch "$place/run/access.log"
tail -f "$place/run/access.log" &
started="$started $!"
nginx -p "$place" -c nginx.conf -e stderr &
server=$!
started="$started $server"
wait "$server"
