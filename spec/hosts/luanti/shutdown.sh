#!/bin/sh
# SPDX-License-Identifier: MIT
# The server is ended while villagers are in the middle of answers, by the command /shutdown, SIGTERM and SIGINT, in the
# handshake and in the stream, at another moment each time: shutdown.sh BUILD. CHATABI_LONG=1: a hundred times.
set -eu
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
checkout=$(cd "$here/../../.." && pwd)
. "$here/place.sh"

runs=3
[ -z "${CHATABI_LONG:-}" ] || runs=100
start_emulator --pace 10
write_settings
cat >>"$place/minetest.conf" <<END
stage.scenario = shutdown
secure.chatabi.headers = {"x-emulator-fault":"long=20000"}
END
cp "$place/minetest.conf" "$place/settings"
make_world "$here/stage" "$checkout/examples/luanti/chatabi_villager"

one() {
  by=$1 moment=$2 delay_ms=$3
  cp "$place/settings" "$place/minetest.conf"
  cat >>"$place/minetest.conf" <<END
stage.by = $by
stage.moment = $moment
stage.delay_ms = $delay_ms
END
  start_server
  await "^talking" 300
  if [ "$by" != command ]; then
    sleep "0.0$(printf %02d "$delay_ms")"
    kill "-$by" "$server"
  fi
  ended 200
  ! grep "ERROR\|not ok\|rror:" "$place/log" || fail "run $run ($by, $moment, $delay_ms ms)"
}

run=0
while [ $run -lt $runs ]; do
  run=$((run + 1))
  case $((run % 3)) in 0) by=command ;; 1) by=TERM ;; 2) by=INT ;; esac
  case $((run / 2 % 2)) in 0) moment=handshake ;; 1) moment=stream ;; esac
  one $by $moment $((run * 7 % 41))
done
echo "$runs runs, all ended with the code 0"
