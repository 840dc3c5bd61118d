#!/bin/sh
# SPDX-License-Identifier: MIT
# Villagers in a real server, against the emulator with Gemini 3's manners: world.sh BUILD
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../../.." && pwd)
. "$here/place.sh"

start_emulator --pace 80 --journal-bodies
write_settings
cat >>"$place/minetest.conf" <<END
stage.scenario = world endings isolation
chatabi_villager.player_messages_per_minute = 0
stage.floors = 40
chatabi_villager.max_talks = 64
max_forceloaded_blocks = 2000
END
# On a machine that is busy with other things the longest step says nothing.
[ -z "${CHATABI_LONG:-}" ] || echo "stage.strict = yes" >>"$place/minetest.conf"
make_world "$here/stage" "$checkout/examples/luanti/chatabi_villager" "$here/hook"
start_server
await "^stage: " 600
ended 100
grep -q "^stage: [0-9]* passed, 0 failed" "$place/log" || { grep -A12 "^not ok" "$place/log"; grep "ERROR" "$place/log"; exit 1; }
# Answers that were stopped, by players and by what became of them, ended at the model's server, too.
stopped=$(curl -s "$(said url)/emulator/stats" | sed -n 's/.*"disconnected": *\([0-9]*\).*/\1/p')
[ "$stopped" -ge 5 ] || fail "the emulator has seen only ${stopped:-no} clients go"
# The signature of each call of the talk with four turns came back with every later request.
curl -s "$(said url)/emulator/journal" >"$place/journal"
signed=$(grep -o "thought_signature" "$place/journal" | wc -l)
[ "$signed" -ge 16 ] || fail "only $signed signatures came back"
grep "^ok\|^stage:\|^time" "$place/log"
