#!/bin/sh
# SPDX-License-Identifier: MIT
# The blocks of the example's README, as they stand: settings are read by a server, Lua blocks are mods of it that have to
# register what they say, and the command makes a village that can be joined: readme.sh BUILD
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../../.." && pwd)
. "$here/place.sh"
page=$checkout/examples/luanti/README.md

# The N-th block of a language.
block() {
  awk -v start="\`\`\`$1" -v wanted="$2" '$0 == start { n++; inside = 1; next } $0 == "```" { inside = 0 }
    inside && n == wanted { print }' "$page"
}
count() { grep -c "^\`\`\`$1\$" "$page"; }

# ---- Lua: all of them as one mod, in a world where they are tried ----

start_emulator --project my-project --pace 5
write_settings
make_world "$here/stage" "$checkout/examples/luanti/chatabi_villager"
mkdir "$place/world/worldmods/mymod"
printf 'name = mymod\ndepends = chatabi_villager\n' >"$place/world/worldmods/mymod/mod.conf"
number=0
while [ $number -lt "$(count lua)" ]; do
  number=$((number + 1))
  block lua $number >>"$place/world/worldmods/mymod/init.lua"
done
[ $number -ge 2 ] || fail "the README has no Lua any more"
# The settings of the page, but for the places that exist only elsewhere; what follows wins over what they say.
{ block ini 1; cat "$place/minetest.conf"; echo "stage.scenario = readme"; } >"$place/both"
cp "$place/both" "$place/minetest.conf"
start_server
await "^stage: " 300
ended 100
grep -q "^stage: [1-9][0-9]* passed, 0 failed" "$place/log" || fail "the README's Lua does not do what it says"

# ---- settings: each block is taken; what it names is elsewhere, and nothing leaves this machine ----

export HTTPS_PROXY=http://127.0.0.1:1 NO_PROXY=127.0.0.1,localhost
for number in 2 3 4; do
  mkdir -p "$place/etc"
  cp "$(said credentials_file)" "$place/etc/service-account.json"
  echo "sk-emulator" >"$place/etc/openai.key"
  cat >"$place/minetest.conf" <<END
secure.trusted_mods = chatabi_villager
secure.chatabi.lua = $build/bindings/luajit/chatabi.lua
stage.scenario = started
stage.floors = 1
dedicated_server_step = 0.05
active_block_mgmt_interval = 0.2
END
  block ini $number | sed "s,/etc/luanti,$place/etc," >>"$place/minetest.conf"
  [ "$(block ini $number | wc -l)" -gt 0 ] || fail "the README has no settings $number"
  start_server
  await "^stage: " 200
  ended 100
  grep -q "^stage: 1 passed, 0 failed" "$place/log" || fail "the README's settings $number are not taken"
done

# ---- the command ----

unset HTTPS_PROXY NO_PROXY
command=$(block sh 1)
cd "$checkout"
CHATABI_PORT=$((port + 1)) sh -c "exec $command \"\$1\"" sh "$build" >"$place/log" 2>&1 &
server=$!
await "listening on" 100
grep -q "Villagers talk by chatabi" "$place/log" || fail "the villagers of try.sh cannot talk"
kill -TERM "$server"
ended 100
echo "ok"
