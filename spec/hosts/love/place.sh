# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# For the tests of examples/love, sourced with BUILD_DIR as $1: a display, a copy of the game whose main.lua is the
# driver, and an emulator, all of their own and gone at the end. `long` is for a proof at full length (CHATABI_LONG=1).
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
place=$(mktemp -d)
display="" emulator=""
passed=0

finish() {
  for process in $emulator $display; do kill "$process" 2>/dev/null || true; done
  rm -rf "$place"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

fail() {
  echo "FAILED: $*" >&2
  for file in "$place/out" "$place/err"; do [ ! -f "$file" ] || tail -n 30 "$file" >&2; done
  exit 1
}

pass() { passed=$((passed + 1)); }
is_long() { [ "${CHATABI_LONG:-0}" = 1 ]; }
wait_for() {
  tries=0
  until [ -s "$1" ]; do
    tries=$((tries + 1))
    [ $tries -le 200 ] || fail "$2 does not start"
    sleep 0.05
  done
}

start_display() {
  Xvfb -displayfd 3 -screen 0 1280x720x24 -nolisten tcp 3>"$place/display" >/dev/null 2>"$place/err" &
  display=$!
  wait_for "$place/display" Xvfb
  DISPLAY=":$(tr -d '\n' <"$place/display")"
  export DISPLAY
}

start_emulator() {
  "$build/spec/emulator/chatabi-emulator" --quiet --dir "$place/emulator" "$@" >"$place/said" &
  emulator=$!
  wait_for "$place/said" "the emulator"
}

said() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$place/said"; }

# Over TLS, with a service account's key, as Vertex AI is asked. $1: more of the configuration.
configure_vertex() {
  cat >"$place/config.lua" <<END
return { provider = "vertex", project = "$(said project)", auth = { "file", "$(said credentials_file)" },
  base_url = "$(said tls_url)", ca_file = "$(said ca_file)", auth_allow_hosts = "127.0.0.1", ${1:-} }
END
  export CHATABI_CONFIG="$place/config.lua"
}

# The game as it is, but for its main.lua, which the driver requires as game.lua.
copy_game() {
  mkdir -p "$place/game"
  cp examples/love/* "$place/game/"
  mv "$place/game/main.lua" "$place/game/game.lua"
  mv "$place/game/conf.lua" "$place/game/game_conf.lua"
  cp "$here"/driver/*.lua "$place/game/"
}

# play SCENARIO [SECONDS]: driver/SCENARIO.lua, to be over in so many seconds at most
play() {
  HARBOUR_SCENARIO="$1" timeout "${2:-60}" love "$place/game" >"$place/out" 2>"$place/err"
}

export CHATABI_LIBRARY="$build/libchatabi.so" LUA_PATH="$build/bindings/luajit/?.lua;;" GCE_METADATA_HOST=127.0.0.1:1
export XDG_DATA_HOME="$place/data" LIBGL_ALWAYS_SOFTWARE=1 LP_NUM_THREADS=1 SDL_AUDIODRIVER=dummy
unset CHATABI_CONFIG
