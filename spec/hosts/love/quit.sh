#!/bin/sh
# SPDX-License-Identifier: MIT
# The player quits in the middle of eight answers; the game ends at once, with code 0: quit.sh BUILD_DIR
. "$(dirname "$0")/place.sh"
start_display
start_emulator --tls --pace 40
configure_vertex 'headers = { ["x-emulator-fault"] = "long=400" }'
copy_game
export HARBOUR_DRAW=1000
if is_long; then runs=100 most_ms=1000; else runs=20 most_ms=2000; fi

# one RUN: how long the end took, in ms, to the file end.RUN; or why not, to bad.RUN
one() {
  code=0
  HARBOUR_SCENARIO=quit HARBOUR_RUN=$1 timeout 30 love "$place/game" >"$place/out.$1" 2>"$place/err.$1" || code=$?
  over=$(($(date +%s%N) / 1000))
  if [ $code = 0 ] && [ ! -s "$place/err.$1" ] && [ -s "$place/out.$1" ]; then
    echo $(((over - $(cat "$place/out.$1")) / 1000)) >"$place/end.$1"
  else
    { echo "run $1: code $code"; cat "$place/err.$1"; } >"$place/bad.$1"
  fi
}

run=0
while [ $run -lt $runs ]; do
  started=""
  for _ in 1 2 3 4; do
    run=$((run + 1))
    [ $run -le $runs ] || break
    one $run &
    started="$started $!"
  done
  for process in $started; do wait "$process"; done
  for bad in "$place"/bad.*; do [ ! -f "$bad" ] || { cat "$bad" >&2; fail "it does not end well"; }; done
done
sort -n "$place"/end.* >"$place/out"
[ "$(wc -l <"$place/out")" = $runs ] || fail "not all runs ended"
worst=$(tail -n 1 "$place/out")
echo "from the quit to the end of the process: median $(sed -n "$(((runs + 1) / 2))p" "$place/out") ms, max $worst ms, of $runs runs"
[ "$worst" -le $most_ms ] || fail "the end took $worst ms"
echo "$runs passed, 0 failed"
