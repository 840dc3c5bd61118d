# SPDX-License-Identifier: MIT
# What the tests here share: the emulator, and a server with a world of its own. The script that reads this has set
# `checkout` and `build`. All processes end with the script.
export GCE_METADATA_HOST=127.0.0.1:1
unset CHATABI_CONFIG GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_PROJECT OPENAI_API_KEY
place=$(mktemp -d)
emulator=""
server=""

# The server may be a script that ends others before itself: it is asked first.
finish() {
  for pid in $server $emulator; do kill -TERM "$pid" 2>/dev/null || true; done
  tries=0
  while [ -n "$server" ] && kill -0 "$server" 2>/dev/null && [ $tries -lt 100 ]; do tries=$((tries + 1)); sleep 0.05; done
  for pid in $server $emulator; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

fail() {
  echo "$*"
  [ ! -f "$place/log" ] || tail -n 60 "$place/log"
  exit 1
}

program=""
for name in luantiserver minetestserver /usr/games/luantiserver /usr/games/minetestserver; do
  program=$(command -v $name) && break
done
[ -n "$program" ] || exit 77

said() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$place/said"; }

start_emulator() {
  "$build/spec/emulator/chatabi-emulator" --tls --quiet --dir "$place" "$@" >"$place/said" &
  emulator=$!
  tries=0
  until [ -s "$place/said" ] || [ $tries -gt 200 ]; do tries=$((tries + 1)); sleep 0.05; done
}

# The settings of a server that asks the emulator as if it were Vertex AI.
write_settings() {
  url=$(said tls_url)
  cat >"$place/minetest.conf" <<END
secure.trusted_mods = chatabi_villager
secure.chatabi.lua = $build/bindings/luajit/chatabi.lua
secure.chatabi.base_url = $url
secure.chatabi.auth_allow_hosts = ${url#https://}
secure.chatabi.ca_file = $(said ca_file)
secure.chatabi.credentials_file = $(said credentials_file)
chatabi.provider = vertex
chatabi.project = $(said project)
chatabi.model = google/gemini-3-pro-preview
bind_address = 127.0.0.1
name = admin
active_block_mgmt_interval = 0.2
dedicated_server_step = 0.05
stage.url = $(said url)
END
}

# A world of the game at $1, with the mods of the other arguments.
make_world() {
  game=$1
  shift
  rm -rf "$place/world" "$place/games"
  mkdir -p "$place/home" "$place/games" "$place/world/worldmods"
  cp -r "$game" "$place/games/"
  for mod in "$@"; do ln -s "$mod" "$place/world/worldmods/"; done
  cat >"$place/world/world.mt" <<END
gameid = $(basename "$game")
backend = dummy
player_backend = dummy
auth_backend = sqlite3
mod_storage_backend = sqlite3
END
}

# Another one for each server, so that none waits for the one before.
port=$((20000 + $$ % 20000))

start_server() {
  port=$((port + 1))
  : >"$place/log"
  HOME=$place/home MINETEST_SUBGAME_PATH=$place/games LUANTI_GAME_PATH=$place/games CHATABI_LIBRARY=$build/libchatabi.so \
    "$program" --world "$place/world" --config "$place/minetest.conf" --port "$port" --logfile "" >"$place/log" 2>&1 &
  server=$!
}

# Waits until the log has a line that matches, for as many tenths of a second.
await() {
  tries=0
  until grep -q "$1" "$place/log"; do
    tries=$((tries + 1))
    kill -0 "$server" 2>/dev/null && [ $tries -lt "$2" ] || fail "The server does not say: $1"
    sleep 0.1
  done
}

# Waits for the server's end, and for its code.
ended() {
  tries=0
  while kill -0 "$server" 2>/dev/null; do
    tries=$((tries + 1))
    [ $tries -lt "$1" ] || fail "The server does not end."
    sleep 0.05
  done
  code=0
  wait "$server" || code=$?
  server=""
  [ "$code" = 0 ] || fail "The server ended with the code $code."
}
