#!/bin/sh
# SPDX-License-Identifier: MIT
# The command chatabi as a person at a terminal uses it, seen through tmux: terminal_test.sh BUILD_DIR
set -eu
. "$(dirname "$0")/../examples/place.sh"
terminal="tmux -L chatabi-$$ -u"
trap '$terminal kill-server 2>/dev/null || true; finish' EXIT

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

start_emulator --journal-bodies
url=$(said url)
chat="lua5.4 bindings/lua/bin/chatabi --base-url $url/v1 --model gpt-4o-mini"

# ---- at a terminal ----

slow='{"x-emulator-fault":"long=3000,pace=20"}'
$terminal new-session -d -s chat -x 100 -y 50 "exec env TERM=xterm sh"
keys "PS1='shell# '; clear; $chat --usage" Enter
see '^> *$'
keys "The first question" Enter
see 'You said .The first question'
see 'tokens, first text'
keys "The second question" Enter
see 'You said .The second question'
see 'tokens, first text' 2
journal | grep -q 'The first question.*canned reply.*The second question' || fail "the history was not sent back"
$terminal capture-pane -p -e -t chat | grep -q "$(printf '\033')\[2m.*tokens" || fail "no colours at a terminal"

keys '"""One' Enter "two" Enter 'three"""' Enter
see 'You said .One two three'
see 'tokens, first text' 3
keys 'four \' Enter "five" Enter
see 'You said .four five'
see 'tokens, first text' 4
journal | grep -qF 'One\\ntwo\\nthree' || fail "the lines of a message were not kept apart"

keys "/usage" Enter
see 'requests: 4, tokens: .* of prompts'
keys "/undo" Enter
see '^the last question and its answer are forgotten'
keys "/save $place/talk.json" Enter
see "^saved: $place/talk.json"
! grep -q 'five' "$place/talk.json" || fail "/undo did not forget"
grep -q 'canned reply.*two' "$place/talk.json" || fail "/save did not save"
keys "/reset" Enter
see '^forgotten'
keys "/undo" Enter
see '^there is nothing to undo'
keys "/load $place/talk.json" Enter
see "^6 messages from $place/talk.json"
keys "/load /nowhere" Enter
see '^/nowhere: No such file'
keys "/system Answer in rhyme" Enter
see '^system: Answer in rhyme'
keys "Again" Enter
see 'You said .Again'
see 'tokens, first text' 5
journal | tail -n 1 | grep -q 'Answer in rhyme.*The first question.*Again' || fail "/system or /load changed nothing"
printf 'the colour of the sky\n' >"$place/notes.txt"
keys "/attach $place/notes.txt" Enter
see '^goes with the next message'
keys "/attach $place/nothing.txt" Enter
see "^.*$place/nothing.txt"
keys "What is in it?" Enter
see 'tokens, first text' 6
journal | tail -n 1 | grep -q 'the colour of the sky' || fail "/attach sent nothing"
keys "/system -" Enter
see '^system: none'
keys "/model gpt-nope" Enter
see '^model: gpt-nope'
keys "/nonsense" Enter
see 'There is no /nonsense'
keys C-d
see '^shell# *$'

keys "clear; $chat --continue $place/talk.json" Enter
see "^6 messages from $place/talk.json"
keys C-d
see '^shell# *$'

# What an answer says is text: it moves no cursor and sets no colour.
keys "clear; $chat \"\$(printf 'red\\033[31m and \\302\\233m, a bell\\007')\"" Enter
see 'You said .red.31m and m, a bell'

# Thoughts are dim; without colours nothing is.
keys "clear; $chat -m dialect:deepseek Think" Enter
see 'You said .Think'
$terminal capture-pane -p -e -t chat | grep -q "$(printf '\033')\[2mThe question has" || fail "thoughts are not dim"
keys "clear; $chat --no-color --usage -m dialect:deepseek Think" Enter
see 'tokens, first text'
! $terminal capture-pane -p -e -t chat | grep -q "$(printf '\033')\[2m" || fail "--no-color has colours"

# A long wait says what for, and leaves no trace.
for way in "" --no-stream; do
  keys "clear; $chat $way --headers '{\"x-emulator-fault\":\"slow_first_byte=1500\"}' Hello" Enter
  see '^waiting for the answer, [01] s'
  see 'You said .Hello'
  ! screen | grep -q 'waiting for' || fail "the wait is still to be seen"
  keys "clear; $chat $way --headers '{\"x-emulator-fault\":\"slow_first_byte=9000\"}' Hello; echo status \$?" Enter
  see '^waiting for the answer'
  keys C-c
  see '^status 130'
  see '^cancelled|waiting.*cancelled'
done

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
keys '"""One' Enter
see '^\. *$'
keys C-c
see 'Ctrl-C again or Ctrl-D leaves'
keys "Two" Enter
see 'You said .Two'
! journal | tail -n 1 | grep -q 'One' || fail "Ctrl-C did not drop the unfinished message"
keys C-d
see '^shell# *$'
keys "clear; $chat" Enter
see '^> *$'
keys "/quit" Enter
see '^shell# *$'
echo "1 passed, 0 failed"
