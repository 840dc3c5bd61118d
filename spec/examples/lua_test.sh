#!/bin/sh
# SPDX-License-Identifier: MIT
# Every example of the Lua API, on three Luas, and what it is to show: lua_test.sh BUILD_DIR
set -eu
. "$(dirname "$0")/place.sh"
start_emulator --tls
url=$(said url)

# ---- the world of the examples: two files and two configurations ----

printf '\211PNG\r\n\032\n\000\000\000\015IHDR' >"$place/picture"
printf '%%PDF-1.4\n%%%%EOF\n' >"$place/paper"
key="auth = { 'api_key', '$(said api_key)' }"
echo "return { provider = 'openai', base_url = '$url/v1', model = 'gpt-4o-mini', $key }" >"$place/openai.lua"
cat >"$place/vertex.json" <<END
{ "provider": "vertex", "project": "$(said project)", "auth": ["file", "$(said authorized_user_file)"],
  "base_url": "$(said tls_url)", "ca_file": "$(said ca_file)", "auth_allow_hosts": "127.0.0.1" }
END
export CHATABI_CONFIG="$place/openai.lua" LUA_PATH="$PWD/bindings/lua/lua/?.lua;$PWD/bindings/luajit/?.lua;;"
answer=n
passed=0

show() {
  example=$1
  shift
  echo "$answer" | "$lua" "examples/$example.lua" "$@" >"$place/out" 2>"$place/err" || fail "$lua $example: it ended with an error"
  [ ! -s "$place/err" ] || fail "$lua $example: something is on standard error"
  passed=$((passed + 1))
}

# says [TIMES] PATTERN: so many lines are like that, at least one.
says() {
  [ $# = 2 ] || set -- "" "$1"
  times=$(grep -cE -- "$2" "$place/out" || true)
  [ "$times" = "$1" ] || { [ -z "$1" ] && [ "$times" -gt 0 ]; } || fail "$lua $example: $times lines like: $2"
}

conversation() {
  show conversation "$place/kept.json"
  says 1 'You said .What is a closure'
  says 1 'You said .Show me one in Lua'
  says 1 'You said .And in Python'
  says 1 '^7 messages here, 5 there$'
  says 1 '^3 messages are left$'
  says 1 'You said .What did we talk about'
  says 1 '^1 requests, [0-9]+ tokens$'
  grep -q 'Show me one in Lua' "$place/kept.json" || fail "$lua conversation: the latest turn was not saved"
  ! grep -q 'What is a closure' "$place/kept.json" || fail "$lua conversation: what was trimmed was saved"
}

tools() {
  for answer in n y; do
    show tools
    says 1 '^Allow order \{"fruit":"apple","pieces":1.*[?] \[y/n\]'
    says 1 '[*] stock_of .* -> \{"error":"We do not sell fruit'
    if [ $answer = y ]; then says 1 '[*] order .* -> 1 pieces will come tomorrow[.]$'; else says 1 '[*] order .*not allow.*not today'; fi
    says 1 'The tool answered'
  done
}

structured() {
  show structured
  says 1 '^name .* \(starter\), 1 minutes$'
  says 1 '^- what .*, 1 g$'
  says 1 '^Careful: warning '
  says 1 '^title .*1 steps$'
}

images() {
  show images "$place/picture" "$place/paper"
  says 2 'You sent 1 image[.]'
  says 1 'You sent 1 pdf[.]'
  says 1 'You said .Does it have to do with the picture'
  "$lua" examples/images.lua "$place/nothing.png" "$place/paper" >"$place/out" 2>"$place/err" && fail "$lua images: no error"
  grep -q 'nothing.png' "$place/err" || fail "$lua images: the missing file is not named"
}

sentences() {
  show sentences
  says 1 '^You said .Tell me a story of five sentences'
  says 2 '^> Once upon a time .* and kept it[.]$'
  says 1 '^> It is 3[.]5 degrees[.]$'
  says 1 '^> The wind is strong[.]$'
  says 1 '^> Stay inside$'
}

many() {
  show many
  says 20 '^number [0-9]+: [1-9][0-9]* bytes$'
  says 3 '^(Ada Lovelace|Alan Turing|Grace Hopper): [1-9][0-9]* bytes, then [1-9][0-9]*$'
}

embeddings() {
  show embeddings
  says 1 '^3 vectors of 8 numbers, [1-9][0-9]* tokens$'
  says 1 '^1[.]000  A closure keeps'
  says 1 '^nearest: A closure keeps'
  says 1 '^4 numbers$'
  says 1 '^model gpt-4o-mini$'
}

frames() {
  show frames
  says 1 'You said .Who are you'
  says 1 '^guard falls silent \(CANCELLED\) after [1-9][0-9]* bytes$'
  says 1 '^many frames, 3 messages remembered$'
}

event_loops() {
  for loop in cqueues copas luv; do
    "$lua" -e "require '$loop'" 2>/dev/null || { echo "skipped: $lua has no $loop" && continue; }
    show $loop
    says 1 'chat: .emulator. canned reply'
    says 1 'You said .Why is the sky blue'
    says 1 'You said .Tell me a story'
    says 1 '^meanwhile the clock ticked on$'
  done
}

errors() {
  CHATABI_CONFIG="$place/vertex.json"
  show errors
  CHATABI_CONFIG="$place/openai.lua"
  says 1 '^wrong model: NOT_FOUND, status 404, stays$'
  says 1 '^too slow: TIMEOUT, status none, '
  says 1 '^cancelled: CANCELLED, status none, stays$'
  says 1 '^in a loop: CANCELLED'
  says 1 '^  [1-9][0-9]* bytes had come$'
  says 1 '^cut: [1-9][0-9]* bytes$'
  says 1 '^withheld: nobody says why$'
  says 1 "^misuse: examples/errors.lua:[0-9]+: bad argument #1 to 'chat'"
  says 1 '^an option that is none: CONFIG'
}

for version in 5.4 5.1 luajit; do
  case $version in luajit) lua=luajit ;; *) lua=lua$version ;; esac
  [ -d "$build/spec/lua/$version" ] && command -v $lua >/dev/null || { echo "skipped: no $lua here" && continue; }
  export LUA_CPATH="$build/spec/lua/$version/?.so;;"
  conversation
  tools
  structured
  images
  sentences
  many
  embeddings
  frames
  event_loops
  errors
done

# ---- in a checkout that was built, without being told where anything is ----

unset LUA_PATH LUA_CPATH
mkdir "$place/checkout"
ln -s "$PWD/examples" "$PWD/bindings" "$place/checkout/"
ln -s "$build" "$place/checkout/build"
cd "$place/checkout"
lua=lua5.4
structured
echo "$passed passed, 0 failed"
