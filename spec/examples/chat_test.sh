#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/chat.lua, with lines from a pipe: chat_test.sh BUILD_DIR
set -eu
. "$(dirname "$0")/place.sh"
start_emulator --journal-bodies
url=$(said url)

echo "{\"base_url\":\"$url/v1\",\"model\":\"gpt-4o-mini\"}" >"$place/server.json"
export CHATABI_CONFIG="$place/server.json"
printf 'The first\nThe second\n' | lua5.4 examples/chat.lua >"$place/out" 2>"$place/err" || fail "it ended with an error"
[ "$(grep -c 'canned reply' "$place/out")" = 2 ] || fail "two questions did not have two answers"
[ ! -s "$place/err" ] || fail "it complains"
curl -s "$url/emulator/journal" | tail -n 1 | grep -q 'The first.*canned reply.*The second' || fail "the history was not sent"
grep -Eq '^[0-9]+ tokens$' "$place/out" || fail "the tokens are not counted"
