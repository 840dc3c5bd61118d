# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# For the tests of examples, sourced with BUILD_DIR as $1: a directory $place and an emulator of their own, both gone at
# the end. start_emulator OPTION...; then `said NAME` tells what it said of itself.
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
place=$(mktemp -d)
emulator=""

finish() {
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  rm -rf "$place"
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  cat "$place/out" "$place/err" >&2
  exit 1
}

start_emulator() {
  "$build/spec/emulator/chatabi-emulator" --quiet --pace 1 --dir "$place/emulator" "$@" >"$place/said" &
  emulator=$!
  tries=0
  until [ -s "$place/said" ] || [ $tries -gt 100 ]; do tries=$((tries + 1)); sleep 0.05; done
}

said() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$place/said"; }

export LUA_PATH="$PWD/bindings/lua/lua/?.lua;;" LUA_CPATH="$build/bindings/lua/?.so;;"
