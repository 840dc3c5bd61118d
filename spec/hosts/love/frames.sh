#!/bin/sh
# SPDX-License-Identifier: MIT
# Eight characters at once, 60 frames a second: what chatabi takes of a frame: frames.sh BUILD_DIR
. "$(dirname "$0")/place.sh"
start_display
start_emulator --tls --pace 45
configure_vertex 'headers = { ["x-emulator-fault"] = "long=70,dialect=openai" }'
copy_game
if is_long; then
  export HARBOUR_SECONDS=60 HARBOUR_P99_MS=1 HARBOUR_CALM_P99_MS=0.2 HARBOUR_BUDGET_MS=1
else # on a machine that does other things, and before LuaJIT has compiled all of it
  export HARBOUR_SECONDS=6 HARBOUR_P99_MS=5 HARBOUR_CALM_P99_MS=2 HARBOUR_BUDGET_MS=8
fi
HARBOUR_DRAW=6 play frames 120 || fail "frames"
cat "$place/out"
echo "1 passed, 0 failed"
