#!/bin/sh
# SPDX-License-Identifier: MIT
# Every block of examples/love/README.md, as it stands: run.sh, the programs, and the game as it is shipped: readme.sh BUILD_DIR
. "$(dirname "$0")/place.sh"
start_display
page=examples/love/README.md

# block LANGUAGE NUMBER
block() {
  awk -v language="$1" -v number="$2" '
    $0 == "```" language { inside = ++count == number; next }
    $0 == "```" { inside = 0 }
    inside' "$page"
}
blocks=$(grep -c '^```[a-z]' "$page")
[ "$blocks" = 4 ] || fail "the page has $blocks blocks, and 4 are run"

# escape: the key, as a player presses it, when the game is on the screen; then it has to end
escape() {
  timeout 20 xdotool search --sync --onlyvisible --name "Harbour square" >/dev/null 2>&1 || fail "$1: no window"
  tries=0
  while xdotool search --onlyvisible --name "Harbour square" >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ $tries -le 100 ] || fail "$1: Escape does not end it"
    xdotool key Escape 2>/dev/null || true
    sleep 0.1
  done
}

# ---- run.sh ----

block sh 1 >"$place/block.sh"
export CHATABI_EMULATOR="$build/spec/emulator/chatabi-emulator"
sh -e "$place/block.sh" >"$place/out" 2>"$place/err" &
running=$!
escape "the story"
escape "with the emulator"
wait $running || fail "run.sh"
[ ! -s "$place/err" ] || fail "run.sh complains"
pass

# ---- the programs, with chatabi.lua and the library beside main.lua ----

start_emulator --tls --pace 40 --project my-project
cc -shared -fPIC -D_GNU_SOURCE -Icore/include spec/readme/redirect.c -o "$place/redirect.so" \
  -Wl,--no-as-needed "$build/libchatabi.so" -Wl,-rpath,"$build" -ldl
CHATABI_EMULATOR_TLS_URL=$(said tls_url) CHATABI_EMULATOR_CA=$(said ca_file)
GOOGLE_APPLICATION_CREDENTIALS=$(said credentials_file)
export CHATABI_EMULATOR_TLS_URL CHATABI_EMULATOR_CA GOOGLE_APPLICATION_CREDENTIALS
bundle=${LUA_PATH%%/\?*}/chatabi.lua
unset CHATABI_LIBRARY LUA_PATH

# program NUMBER: what it has to write on the screen is in $HARBOUR_WANTED
program() {
  mkdir "$place/page$1"
  cp "$here"/page/*.lua "$bundle" "$place/page$1/"
  cp "$place/redirect.so" "$place/page$1/libchatabi.so"
  block lua "$1" >"$place/page$1/block.lua"
  timeout 30 love "$place/page$1" >"$place/out" 2>"$place/err" || fail "program $1"
  [ ! -s "$place/err" ] || fail "program $1 complains"
  pass
}
HARBOUR_WANTED="no model was called" program 1
HARBOUR_WANTED="Press Enter
press return
The gate is open
the guard is walking
no model was called
The gate is open" program 2

# ---- as it is shipped ----

mkdir "$place/ship"
ln -s "$build" "$place/ship/build"
ln -s "$PWD/examples" "$place/ship/examples"
block sh 2 >"$place/ship/block.sh"
(cd "$place/ship" && exec sh -e ./block.sh) >"$place/out" 2>"$place/err" &
running=$!
escape "the fused program"
wait $running || fail "the fused program"
[ ! -s "$place/err" ] || fail "the fused program complains"
pass
love "$place/ship/dist/harbour.love" >"$place/out" 2>"$place/err" &
running=$!
tries=0
until grep -q "$place/ship/dist/libchatabi.so" "/proc/$running/maps"; do
  tries=$((tries + 1))
  [ $tries -le 200 ] || fail "the library beside the .love file is not the one in use"
  sleep 0.05
done
escape "the .love file"
wait $running || fail "the .love file"
pass
echo "$passed passed, 0 failed"
