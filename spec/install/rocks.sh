#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes the rock for several Luas, each in a tree of its own, and uses it from there: rocks.sh BUILD_DIR. Without network. luarocks leaves
# its build directory in the source, so the source is a copy; one for all Luas, so that the library is compiled once.
set -eu
. "$(dirname "$0")/../examples/place.sh" # $build, $place, the emulator
unset LUA_PATH LUA_CPATH

start_emulator
url=$(said url)/v1
export HOME="$place" CMAKE_BUILD_PARALLEL_LEVEL=2

mkdir "$place/source"
tar -cf - CMakeLists.txt LICENSE core bindings/lua | tar -xf - -C "$place/source"

cat >"$place/hello.lua" <<'LUA'
local chatabi = require "chatabi"
local client = assert(chatabi.new { base_url = arg[1], model = "gpt-4o-mini", auth = "none" })
local stream = client:stream "Hello"
for chunk in stream do assert(chunk.text) end
assert(#assert(stream:result()).text > 0)
print(_VERSION)
LUA

cd "$place/source"
for version in 5.1 5.3 5.4; do
  command -v "lua$version" >/dev/null || { echo "no lua$version: left out"; continue; }
  tree=$place/$version
  luarocks --lua-version "$version" make --tree "$tree" bindings/lua/chatabi-scm-0.rockspec >"$place/out" 2>"$place/err" ||
    fail "luarocks make for $version"
  said=$(LUA_PATH="$tree/share/lua/$version/?.lua" LUA_CPATH="$tree/lib/lua/$version/?.so" "lua$version" "$place/hello.lua" "$url" \
    2>"$place/err") || fail "a program under $version"
  [ "$said" = "Lua $version" ] || fail "a program under $version said $said"
  "$tree/bin/chatabi" --base-url "$url" -m gpt-4o-mini Hello </dev/null >"$place/out" 2>"$place/err" || fail "the command under $version"
  grep -q 'canned reply' "$place/out" || fail "the command under $version gave no answer"
  "$tree/bin/chatabi" doctor --base-url "$url" </dev/null >"$place/out" 2>"$place/err" || fail "doctor under $version"
  grep -q "Lua $version, module chatabi.core" "$place/out" || fail "another Lua than $version runs the command"
done
