#!/bin/sh
# Installs the build into an empty place and uses it from there: run.sh BUILD_DIR
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cmake --install "$build" --prefix "$place/usr" >/dev/null
cmake -S "$here" -B "$place/build" -DCMAKE_PREFIX_PATH="$place/usr" >/dev/null
cmake --build "$place/build" >/dev/null
"$place/build/stranger_shared"
"$place/build/stranger_static"
PKG_CONFIG_PATH=$(dirname "$(find "$place/usr" -name chatabi.pc)")
export PKG_CONFIG_PATH
lib=$(pkg-config --variable=libdir chatabi)
# shellcheck disable=SC2046
cc "$here/main.c" -o "$place/by_pkg_config" $(pkg-config --cflags --libs chatabi)
LD_LIBRARY_PATH=$lib "$place/by_pkg_config"
# The command finds the module beside it, wherever that is, and says which Lua is to run it.
if [ -e "$place/usr/bin/chatabi" ]; then
  env -u LUA_PATH -u LUA_CPATH "$place/usr/bin/chatabi" --version | grep -q '^chatabi/'
  head -n 1 "$place/usr/bin/chatabi" | grep -Eq '^#!/usr/bin/env lua(jit|-?5)'
fi
ls -l "$lib" | grep -q 'libchatabi.so -> libchatabi.so.1'
# With a Lua module come its types.
[ ! -d "$place/usr/share/lua" ] || [ -f "$place/usr/share/chatabi/types/chatabi/client.lua" ]

# The file for LuaJIT: where the library is among the system's, and beside it.
if [ -f "$place/usr/share/chatabi/luajit/chatabi.lua" ] && command -v luajit >/dev/null; then
  unset CHATABI_LIBRARY LUA_CPATH
  cd "$place"
  say="print(require('chatabi').version())"
  LD_LIBRARY_PATH=$lib LUA_PATH="$place/usr/share/chatabi/luajit/?.lua" luajit -e "$say"
  mkdir beside
  cp "$place/usr/share/chatabi/luajit/chatabi.lua" "$lib"/libchatabi.so.1 beside/
  LUA_PATH="./beside/?.lua" luajit -e "$say"
fi
