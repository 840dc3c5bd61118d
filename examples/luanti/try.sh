#!/bin/sh
# SPDX-License-Identifier: MIT
# A village to walk into, without an account: a new world, its server, and the emulator in the place of Vertex AI.
#     sh examples/luanti/try.sh [BUILD]      after sh examples/quickstart.sh; BUILD is its folder, by default build
# CHATABI_CONF names a file with further settings, CHATABI_PORT another port. It ends with Ctrl-C, and leaves nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../../build}" && pwd)
port=${CHATABI_PORT:-30000}
place=$(mktemp -d)
emulator=""
server=""

finish() {
  code=$?
  trap - EXIT INT TERM HUP
  for pid in $server $emulator; do kill "$pid" 2>/dev/null || true; done
  [ -z "$server" ] || wait "$server" || code=$?
  [ -z "$emulator" ] || wait "$emulator" || true
  rm -rf "$place"
  exit "$code"
}
trap finish EXIT
trap 'exit 0' INT TERM HUP

program=""
for name in luantiserver minetestserver /usr/games/luantiserver /usr/games/minetestserver; do
  program=$(command -v $name) && break
done
[ -n "$program" ] || { echo "There is no Luanti server here: apt install minetest-server" >&2; exit 1; }

# The emulator writes a service account's key and says where it is.
"$build/spec/emulator/chatabi-emulator" --tls --quiet --pace "${CHATABI_PACE:-60}" --dir "$place" >"$place/said" &
emulator=$!
tries=0
until [ -s "$place/said" ] || [ $tries -gt 100 ]; do tries=$((tries + 1)); sleep 0.1; done
said() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$place/said"; }
url=$(said tls_url)

# A world, the game, the mod, and the settings that a server's owner would write.
mkdir -p "$place/home" "$place/games" "$place/world/worldmods"
ln -s "$here/village" "$place/games/village"
ln -s "$here/chatabi_villager" "$place/world/worldmods/chatabi_villager"
cat >"$place/world/world.mt" <<END
gameid = village
backend = sqlite3
player_backend = sqlite3
auth_backend = sqlite3
mod_storage_backend = sqlite3
END
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
name = ada
END
[ -z "${CHATABI_CONF:-}" ] || cat "$CHATABI_CONF" >>"$place/minetest.conf"

cat <<END
A village, on port $port of this machine. Join it:

    minetest --go --address 127.0.0.1 --port $port --name ada

Then say something to the villagers, by their names or near to them: "Otto, the gate, please." "Mira, I am hungry."
"Ilse, come along." "Ilse, in steps, please: come along and show me the bakery." What they answer is canned: it comes
from the emulator, and no model is called.
END
HOME=$place/home MINETEST_SUBGAME_PATH=$place/games LUANTI_GAME_PATH=$place/games \
  CHATABI_LIBRARY=${CHATABI_LIBRARY:-$build/libchatabi.so} \
  "$program" --world "$place/world" --config "$place/minetest.conf" --port "$port" --logfile "" &
server=$!
wait "$server"
