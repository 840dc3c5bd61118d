#!/bin/sh
# SPDX-License-Identifier: MIT
# Ada joins the village with Luanti's own client on a screen that nobody sees, and talks to everybody for a minute: the
# gate opens, Ilse comes, Mira gives, and the server keeps its steps: client.sh BUILD. CHATABI_PICTURES=DIR keeps
# pictures. Not in a short run: drawing takes all that a small machine has.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../../.." && pwd)
. "$here/place.sh"

PATH=$PATH:/usr/games
for tool in minetest Xvfb xdotool; do command -v $tool >/dev/null || exit 77; done
screen=":$((100 + $$ % 500))"
xvfb=""
client=""
trap 'for pid in $client $xvfb; do kill -KILL "$pid" 2>/dev/null || true; done; finish' EXIT

start_emulator --pace 60
write_settings
echo "chatabi_villager.player_messages_per_minute = 0" >>"$place/minetest.conf"
make_world "$checkout/examples/luanti/village" "$checkout/examples/luanti/chatabi_villager" "$here/watch"
sed -i "/dedicated_server_step/d; s/^name = admin/name = ada/" "$place/minetest.conf"
start_server
await "listening on" 100

Xvfb "$screen" -screen 0 1024x640x24 >"$place/xvfb" 2>&1 &
xvfb=$!
export DISPLAY="$screen" LIBGL_ALWAYS_SOFTWARE=1
mkdir "$place/client"
printf '%s\n' "viewing_range = 60" "fps_max = 10" "fps_max_unfocused = 10" "enable_sound = false" "enable_shaders = false" \
  "screen_w = 1024" "screen_h = 640" >"$place/client/minetest.conf"
sleep 1
HOME="$place/client" minetest --go --address 127.0.0.1 --port "$port" --name ada --config "$place/client/minetest.conf" \
  >"$place/client/log" 2>&1 &
client=$!
await "joins game" 300
sleep "${SETTLE:-10}"
xdotool windowfocus "$(xdotool search --name Minetest | tail -n 1)"

picture() {
  [ -z "${CHATABI_PICTURES:-}" ] || import -window root "$CHATABI_PICTURES/luanti_$1.png"
}

say() {
  xdotool key t
  sleep 0.7
  xdotool type --delay 25 "$1"
  sleep 0.2
  xdotool key Return
}

picture 1
say "Ilse, come along."
sleep 2
say "Otto, the gate, please."
await "^watch: the gate is open" 100
await "^watch: Ilse is near" 150
picture 2
say "Mira, I am hungry."
await "^watch: there is an apple" 100
picture 3
turn=0
while [ $turn -lt 10 ]; do
  turn=$((turn + 1))
  say "Mira, Otto and Ilse, this is number $turn."
  sleep 3
done
picture 4
say "/chatabi status"
sleep 1
picture 5
kill -KILL "$client"
kill -TERM "$server"
ended 200
grep "^watch: " "$place/log"
! grep "ERROR" "$place/log" || fail "there are errors"
median=$(sed -n 's/^watch: .*every \([0-9]*\)[.].*/\1/p' "$place/log")
[ "$median" -lt 150 ] || fail "steps are late: one every $median ms"
