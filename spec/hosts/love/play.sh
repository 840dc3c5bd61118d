#!/bin/sh
# SPDX-License-Identifier: MIT
# The game as a player meets it, without configuration and with a server: play.sh BUILD_DIR
. "$(dirname "$0")/place.sh"
start_display
copy_game
export HARBOUR_DRAW=4
if is_long; then speed=1; else speed=4; fi

# Both at once: they mostly wait.
HARBOUR_SPEED=$speed HARBOUR_SCENARIO=story timeout 100 love "$place/game" >"$place/story.out" 2>"$place/story.err" &
story=$!
start_emulator --tls --pace 40
configure_vertex
HARBOUR_EMULATOR=$(said url)
export HARBOUR_EMULATOR
play emulated || { kill $story; fail "with the emulator"; }
[ ! -s "$place/err" ] || { kill $story; fail "it complains"; }
cat "$place/out"
pass
wait $story || { cat "$place/story.out" "$place/story.err" >&2; fail "the story"; }
[ ! -s "$place/story.err" ] || { cat "$place/story.err" >&2; fail "the story complains"; }
cat "$place/story.out"
pass

# The recording is what the story is, and what the game asks today.
unset CHATABI_CONFIG
luajit examples/love/write_story.lua "$place/story.jsonl" >"$place/out" 2>"$place/err" || fail "write_story.lua"
cmp -s "$place/story.jsonl" examples/love/story.jsonl || fail "story.jsonl is old: luajit examples/love/write_story.lua examples/love/story.jsonl"
echo "ok story.jsonl is what write_story.lua makes of story.lua"
pass
echo "$passed passed, 0 failed"
