#!/bin/sh
# SPDX-License-Identifier: MIT
# What a server does where villagers cannot talk: it says why, and goes on: untrusted.sh BUILD. CHATABI_LONG=1: more
# reasons
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../../.." && pwd)
. "$here/place.sh"

start_emulator
write_settings
echo "stage.scenario = silent" >>"$place/minetest.conf"
cp "$place/minetest.conf" "$place/settings"
make_world "$here/stage" "$checkout/examples/luanti/chatabi_villager"

# (a setting, or two; what the log has to say)
case_of() {
  { cat "$place/settings"; printf '%b\n' "$1"; } >"$place/minetest.conf"
  start_server
  await "^stage: " 200
  ended 100
  grep -q "^stage: 1 passed, 0 failed" "$place/log" || fail "not as expected: $1"
  grep -q "ERROR.*chatabi_villager. Villagers cannot talk. .*$2" "$place/log" || fail "the log does not say: $2"
  grep -q "^told: .*$2" "$place/log" || fail "admins are not told: $2"
}

case_of "secure.trusted_mods =" "not trusted: add it to secure.trusted_mods"
case_of "secure.chatabi.lua = /nowhere/chatabi.lua" "chatabi.lua cannot be read: .*/nowhere"
if [ -n "${CHATABI_LONG:-}" ]; then
  case_of "secure.chatabi.max_retries = many" "max_retries"
  case_of "secure.chatabi.credentials_file =\nsecure.chatabi.api_key_file = /nowhere/key" "API key cannot be read: /nowhere"
fi
build_before=$build
build=$place/home # no library there
mkdir -p "$build/bindings/luajit"
CHATABI_LIBRARY=$place/none.so case_of "" "CHATABI_LIBRARY"
build=$build_before
grep -rqs "$(sed -n 's/.*"private_key_id": *"\([^"]*\)".*/\1/p' "$(said credentials_file)")" "$place/world" &&
  fail "a key is in the world's files"
echo "ok"
