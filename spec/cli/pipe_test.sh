#!/bin/sh
# SPDX-License-Identifier: MIT
# The command chatabi as part of pipes and scripts, every option of it: pipe_test.sh BUILD_DIR
set -eu
. "$(dirname "$0")/../examples/place.sh"
start_emulator --tls --journal-bodies
url=$(said url)
chatabi="lua5.4 bindings/lua/bin/chatabi"
to="--base-url $url/v1 --model gpt-4o-mini --max-retries 0"
: >"$place/out"
: >"$place/err"

# Runs the command with no standard input; want STATUS ARGUMENT...
want() {
  wanted=$1
  shift
  status=0
  $chatabi "$@" </dev/null >"$place/out" 2>"$place/err" || status=$?
  [ $status = "$wanted" ] || fail "status $status instead of $wanted: $*"
  ! grep -q sk-secret "$place/out" "$place/err" || fail "a secret is shown: $*"
}

out() { grep -q -- "$1" "$place/out" || fail "not on standard output: $1"; }
err() { grep -q -- "$1" "$place/err" || fail "not on standard error: $1"; }
silent() { [ ! -s "$place/$1" ] || fail "something is on $1"; }
# The last request; bodies are texts in it, with their quotes escaped.
journal() { curl -s "$url/emulator/journal" | tail -n 1 | sed 's/\\"/"/g; s/\\\\/\\/g'; }
sent() { journal | grep -qF -- "$1" || fail "not sent: $1"; }
fault() { printf '{"x-emulator-fault":"%s"}' "$1"; }

# ---- prompts ----

# shellcheck disable=SC2086
{
echo "Hello there" | $chatabi $to >"$place/out" 2>"$place/err" || fail "no answer"
head -n 1 "$place/out" | grep -q 'canned reply' || fail "no answer in the pipe"
out 'You said .Hello there'
silent err
! grep -q "$(printf '\033')" "$place/out" || fail "colours in a pipe"

want 0 $to Hello there -u
out 'You said .Hello there'
! grep -q tokens "$place/out" || fail "usage is on standard output"
grep -Eq '^[0-9]+ \+ [0-9]+ tokens, first text .* total' "$place/err" || fail "no usage on standard error"

printf 'the material\n' | $chatabi $to "Sum up" >"$place/out" 2>"$place/err" || fail "no answer"
sent 'Sum up\n\nthe material'
want 2 $to
err 'The prompt is empty'
want 0 $to -- -u
out 'You said .-u'

head -c 300000 /dev/zero | tr '\0' ' ' | sed 's/$/x/' | timeout 10 $chatabi $to >"$place/out" 2>"$place/err" || fail "spaces take too long"
status=0
printf '\377\330\377' | $chatabi $to "What is it?" >"$place/out" 2>"$place/err" || status=$?
[ $status = 1 ] || fail "what is no text ended with status $status"
err '^This is no text in UTF-8'

# What looks like commands to a terminal is not touched on its way to a file.
want 0 $to "red $(printf '\033')[31m"
out "$(printf '\033')\[31m"

# ---- what is asked for ----

want 0 $to -m gpt-4o -s "Be brief" -o temperature=0.25 -o user=me Hi
sent '"content":"Be brief"'
sent '"model":"gpt-4o"'
sent '"temperature":0.25'
sent '"user":"me"'
sent '"stream":true'
want 0 $to --no-stream Hi
out 'You said .Hi'
! journal | grep -qF '"stream":true' || fail "--no-stream streams"
want 0 $to --json Hi
out '^{.*"object":"chat.completion".*}$'
want 0 $to Hi -o max_tokens=2
err 'cut'
want 1 $to "please refuse"
err 'The model refused: '
want 0 --base-url "$url/v1" -m dialect:deepseek Hi
silent err

# ---- files ----

printf '\211PNG\r\n\032\n and so on' >"$place/picture.png"
printf 'a text of mine\n' >"$place/text.txt"
want 0 $to What is that -a "$place/picture.png" --attach="$place/text.txt"
out 'You sent 1 image'
sent 'data:image/png;base64,iVBORw0KGg'
sent 'a text of mine'
want 0 $to -a https://example.com/picture.png Look
sent '"url":"https://example.com/picture.png"'
$chatabi $to Look -a - <"$place/picture.png" >"$place/out" 2>"$place/err" || fail "-a - fails"
out 'You sent 1 image'
want 1 $to Look -a "$place/nothing.png"
silent out
err "$place/nothing.png"
head -c 100 /dev/zero >"$place/zeros.bin"
want 1 $to Look -a "$place/zeros.bin"
err 'zeros.bin is of no known type: text, images'

# ---- answers of a form ----

want 0 $to --schema 'name, age integer, tags string[], nick?: for friends' "A dog"
grep -Eq '^\{"name":".*","age":[0-9]+,"tags":\[.*\],"nick":.*\}$' "$place/out" || fail "the answer does not have the form"
sent '"strict":true'
echo '{"type":"object","properties":{"size":{"type":"number"}},"required":["size"]}' >"$place/schema.json"
want 0 $to --schema "@$place/schema.json" "A dog"
out '"size"'
want 1 $to --schema "name" -o max_tokens=2 "A dog"
silent out
err '^TRUNCATED'
want 1 $to --schema "name" "please refuse"
silent out
err '^BLOCKED'
want 2 $to --schema "name, age years" "A dog"
err 'years'

# ---- conversations ----

talk="$place/it's a talk.json"
want 0 $to -c "$talk" -s "Be brief" "The first"
[ "$(stat -c %a "$talk")" = 600 ] || fail "others can read the conversation"
want 0 --base-url "$url/v1" --continue "$talk" "The second"
sent '"content":"Be brief"'
sent 'canned reply'
sent '"content":"The second"'
sent '"model":"gpt-4o-mini"'
printf '/undo\n' | $chatabi chat -c "$talk" $to >"$place/out" 2>"$place/err" || fail "a conversation of commands failed"
! grep -q 'The second' "$talk" || fail "/undo is not kept"
want 1 $to -c "$talk" --headers "$(fault status=400)" "The third"
! grep -q 'The third' "$talk" || fail "a question without an answer was kept"
echo "{" >"$place/broken.json"
want 1 $to -c "$place/broken.json" Hi
silent out
grep -qx '{' "$place/broken.json" || fail "a file that cannot be read was written over"
want 1 $to -c /nowhere/talk.json Hi
silent out
err '/nowhere/talk.json'

printf 'One\n"""\nTwo\nlines\n"""\n/reset\nThree \\\nmore\n/usage\n/quit\nNot this\n' | $chatabi chat $to >"$place/out" 2>"$place/err" \
  || fail "a conversation ended in a failure"
[ "$(grep -c 'canned reply' "$place/out")" = 3 ] || fail "three messages did not have three answers"
out 'You said .One'
out 'You said .Two lines'
sent 'Three \nmore'
! journal | grep -q 'lines' || fail "/reset did not forget"
err 'requests: 3'
! grep -q '^>' "$place/err" || fail "it prompts, though nobody is there"
status=0
printf 'Hi\n' | $chatabi chat $to --headers "$(fault status=400)" >"$place/out" 2>"$place/err" || status=$?
[ $status = 1 ] || fail "a conversation that failed ended with status $status"

# ---- what there is ----

want 0 models $to
out '^gpt-4o-mini$'
want 0 models $to --json
out '^\[{.*"id":"gpt-4o-mini".*}\]$'
want 0 doctor $to
out '^result *fine: '
vertex="--provider vertex --base-url $(said tls_url) --project $(said project) --ca-file $(said ca_file)"
vertex="$vertex --auth-allow-hosts $(said tls_url | cut -c 9-)"
want 0 doctor $vertex --auth "file:$(said credentials_file)"
out '^credential .*service account emulator@'
out '^token .*good until '
out '^project .*emulator-project'
out '^result *fine: the credential works'
want 1 doctor $vertex --auth file:/nowhere/key.json
out '^result *not fine\. .*/nowhere/key.json'
want 1 models $vertex
err 'google/gemini'
want 1 doctor --base-url "$url/nowhere"
out '^result *not fine\. NOT_FOUND: '
export OPENAI_API_KEY=sk-secret
want 1 doctor --provider openai --base-url http://127.0.0.1:1/v1
out 'OPENAI_API_KEY'
out '^result *not fine\. CONNECT'
want 1 doctor --auth file:/nowhere/key.json
out '^There is a key for OpenAI'
unset OPENAI_API_KEY
want 0 doctor $to --auth token:sk-secret

if ! command -v chatabi-emulator >/dev/null; then
  mkdir "$place/elsewhere" # where no emulator is beside it
  cp bindings/lua/bin/chatabi "$place/elsewhere"
  status=0
  lua5.4 "$place/elsewhere/chatabi" serve --until-eof </dev/null >"$place/out" 2>"$place/err" || status=$?
  [ $status = 1 ] || fail "serve without an emulator ended with status $status"
  err 'not installed'
fi
PATH="$build/spec/emulator:$PATH"
want 0 serve --until-eof --project "it's mine"
out "\"project\":\"it's mine\""
want 2 serve --no-such-option

# ---- ends ----

want 1 --base-url "$url/nowhere" Hi
silent out
err '^NOT_FOUND: '
want 2 --no-such-option 1 Hi
err 'no-such-option'
want 2 --provider nobody Hi
err 'nobody'
want 2 $to -o temperature Hi
err 'KEY=VALUE'
want 2 models of thought
want 1 $to --headers "$(fault cut=3)" "A story"
out 'canned'
err '^TRUNCATED\|^DISCONNECT'
want 0 --help
out '^usage: chatabi'
out '/undo'
want 0 --version
out '^chatabi/'
want 0 $to --log-level debug Hi
err ' debug '

$chatabi $to --headers "$(fault long=300)" Hi 2>"$place/err" </dev/null | head -n 1 >"$place/out"
out 'canned reply'
silent err
(
  trap '' PIPE
  $chatabi $to --headers "$(fault long=300)" Hi 2>"$place/err" </dev/null | head -n 1 >"$place/out"
)
silent err
status=0
$chatabi $to Hi </dev/null >/dev/full 2>"$place/err" || status=$?
[ $status = 1 ] || fail "a full disk ended with status $status"
err 'Standard output takes no more'
status=0
$chatabi $to Hi </dev/null >&- 2>"$place/err" || status=$?
[ $status = 1 ] || fail "a closed standard output ended with status $status"
err 'Standard output takes no more'

# Ctrl-C, which the shell sends to what is in the foreground.
for way in "" --no-stream; do
  $chatabi $to $way --headers "$(fault "slow_first_byte=9000")" Hi </dev/null >"$place/out" 2>"$place/err" &
  asked=$!
  tries=0
  until curl -s "$url/emulator/stats" | grep -q '"active":1'; do
    tries=$((tries + 1))
    [ $tries -lt 100 ] || fail "nothing was asked"
    sleep 0.05
  done
  status=0
  kill -INT $asked
  wait $asked || status=$?
  [ $status = 130 ] || fail "Ctrl-C $way ended with status $status"
  err '^cancelled'
done

# What lies about in the current directory is not run.
mkdir -p "$place/trap/chatabi/cli"
echo 'print "trapped"' >"$place/trap/chatabi/cli/main.lua"
command=$PWD/bindings/lua/bin/chatabi
(cd "$place/trap" && env -u LUA_PATH lua5.4 "$command" --version >"$place/out" 2>"$place/err") || fail "it does not find the module"
out '^chatabi/'

# ---- every Lua ----

for version in 5.1 5.2 5.3 5.4 luajit; do
  lua=lua$version
  [ $version != luajit ] || lua=luajit
  if [ ! -d "$build/spec/lua/$version" ] || ! command -v $lua >/dev/null; then continue; fi
  echo "From $version" | LUA_CPATH="$build/spec/lua/$version/?.so" $lua bindings/lua/bin/chatabi $to -c "$place/$version" \
    >"$place/out" 2>"$place/err" || fail "it fails with $lua"
  out "You said .From $version"
  LUA_CPATH="$build/spec/lua/$version/?.so" $lua bindings/lua/bin/chatabi $to -c "$place/$version" --no-stream Again \
    </dev/null >"$place/out" 2>"$place/err" || fail "it fails with $lua"
  sent "From $version"
done
}
