#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/chat.lua as a person at a terminal uses it, seen through tmux, and as part of a pipe: chat_test.sh BUILD_DIR
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.."
place=$(mktemp -d)
emulator=""
terminal="tmux -L chatabi-$$ -u"

finish() {
  $terminal kill-server 2>/dev/null || true
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  rm -rf "$place"
}
trap finish EXIT

screen() { $terminal capture-pane -p -S - -t chat; }

fail() {
  echo "FAILED: $*" >&2
  echo "---- the screen" >&2
  screen >&2 2>/dev/null || true
  exit 1
}

# Waits until a line of the screen matches; `count` such lines when it is given.
see() {
  tries=0
  until [ "$(screen | grep -cE -- "$1")" -ge "${2:-1}" ]; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || fail "did not see: $1 (${2:-1} times)"
    sleep 0.05
  done
}

keys() { $terminal send-keys -t chat "$@"; }
number() { curl -s "$url/emulator/stats" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
journal() { curl -s "$url/emulator/journal"; }

"$build/spec/emulator/chatabi-emulator" --quiet --journal-bodies >"$place/said" &
emulator=$!
tries=0
until [ -s "$place/said" ] || [ $tries -gt 100 ]; do tries=$((tries + 1)); sleep 0.05; done
url=$(sed -n 's/.*"url":"\([^"]*\)".*/\1/p' "$place/said")

export LUA_PATH="$PWD/bindings/lua/lua/?.lua;;" LUA_CPATH="$build/bindings/lua/?.so;;"
chat="lua5.4 examples/chat.lua --base-url $url/v1 --model gpt-4o-mini"

# ---- in a pipe: the answer and nothing else on standard output, no colours anywhere ----

echo "Hello there" | $chat >"$place/out" 2>"$place/err"
head -n 1 "$place/out" | grep -q 'canned reply' || fail "no answer in the pipe"
grep -q 'Hello there' "$place/out" || fail "standard input was not the prompt"
! grep -q 'tokens' "$place/out" || fail "usage is on standard output"
grep -Eq '^[0-9]+ \+ [0-9]+ tokens, first text .* total' "$place/err" || fail "no usage on standard error"
! grep -q "$(printf '\033')" "$place/out" "$place/err" || fail "colours in a pipe"

status=0
$chat --model "" --base-url "$url/nowhere" Hi >"$place/out" 2>"$place/err" || status=$?
[ $status = 1 ] || fail "an error ended with status $status"
[ ! -s "$place/out" ] || fail "an error is on standard output"
grep -q '^NOT_FOUND: ' "$place/err" || fail "no error on standard error"
status=0
$chat --no-such-option 1 Hi 2>"$place/err" || status=$?
[ $status = 1 ] || fail "an unknown option ended with status $status"
grep -q 'no_such_option' "$place/err" || fail "the unknown option is not named"

# ---- at a terminal ----

slow='{"x-emulator-fault":"long=3000,pace=20"}'
$terminal new-session -d -s chat -x 100 -y 50 "exec env TERM=xterm sh"
keys "PS1='shell# '; $chat" Enter
see '^> *$'
keys "The first question" Enter
see 'You said .The first question'
see 'tokens, first text'
keys "The second question" Enter
see 'You said .The second question'
see 'tokens, first text' 2
journal | grep -q 'The first question.*canned reply.*The second question' || fail "the history was not sent back"
$terminal capture-pane -p -e -t chat | grep -q "$(printf '\033')\[2m.*tokens" || fail "no colours at a terminal"

keys "/reset" Enter
see '^forgotten'
keys "/model gpt-nope" Enter
see '^model: gpt-nope'
keys "/nonsense" Enter
see 'There is no /nonsense'
keys C-d
see '^shell# *$'

# Ctrl-C ends an answer and not the program: twice in a row, and the server notices.
keys "clear; $chat --headers '$slow'" Enter
see '^> *$'
for round in 1 2; do
  before=$(number disconnected)
  keys "A long story, number $round" Enter
  see "canned reply" "$round"
  sleep 0.3
  keys C-c
  see '^cancelled' "$round"
  tries=0
  until [ "$(number disconnected)" -gt "$before" ]; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "the server was not disconnected"
    sleep 0.05
  done
done
journal | tail -n 1 | grep -q 'number 1.*canned reply.*number 2' || fail "what had arrived of the answer was not kept"
! screen | grep -q 'tokens, first text' || fail "a cancelled answer looks complete"

# At the prompt one Ctrl-C warns and a second one leaves; a line between them starts anew.
keys C-c
see 'Ctrl-C again or Ctrl-D leaves'
keys "/model gpt-4o-mini" Enter
see '^model: gpt-4o-mini'
keys C-c
see 'Ctrl-C again or Ctrl-D leaves' 2
keys C-c
see '^shell# *$'
keys "clear; $chat" Enter
see '^> *$'
keys "/quit" Enter
see '^shell# *$'
echo "1 passed, 0 failed"
