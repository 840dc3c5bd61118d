#!/bin/sh
# Streams a story from the GGUF model that CHATABI_MODEL names: run.sh NODE BUILD_DIR. 77: no model, nothing tested.
set -eu
if [ -z "${CHATABI_MODEL:-}" ]; then
  echo "CHATABI_MODEL names no GGUF file: skipped"
  exit 77
fi
# A library of the server minds a CI that is set and empty.
[ -n "${CI:-}" ] || unset CI
root=$(cd "$(dirname "$0")/../.." && pwd)
LUA_PATH="$root/bindings/lua/lua/?.lua;;" LUA_CPATH="$2/bindings/lua/?.so;;"
export LUA_PATH LUA_CPATH
exec lua5.4 "$root/spec/model/story.lua" "$1" "$root/spec/model/server.mjs" "$CHATABI_MODEL"
