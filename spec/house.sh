#!/bin/sh
# The rules of the house, each a test: sh spec/house.sh RULE BUILD_DIR
set -eu
cd "$(dirname "$0")/.."
rule=$1
build=${2:-build}

fail() { echo "$*" >&2; exit 1; }
c_files() { git ls-files 'core/*.c' 'core/*.h' 'bindings/*.c' 'bindings/*.h' 'examples/*.c' 'spec/*.c' 'spec/*.h'; }

case $rule in
arrows) # a floor includes the floors below it and nothing else
  bad=""
  check() {
    floor=$1; shift
    for other in "$@"; do
      hits=$(grep -rnE "#include \"(\.\./)*$other/" "core/src/$floor" || true)
      [ -z "$hits" ] || bad="$bad$hits
"
    done
  }
  check base auth chat engine client
  check auth chat engine client
  check chat auth engine client
  check engine client
  # inside auth: the policy knows the types of credential, they know where subject tokens come from, all know the exchange
  for lower in exchange:credential exchange:subject subject:credential; do
    hits=$(grep -rnE "#include \"\.\./${lower#*:}/" "core/src/auth/${lower%:*}" || true)
    [ -z "$hits" ] || bad="$bad$hits
"
  done
  hits=$(grep -rnE '#include "\.\./[a-z_]*\.h"' core/src/auth/credential core/src/auth/subject core/src/auth/exchange || true)
  [ -z "$hits" ] || bad="$bad$hits
"
  # inside chat no room knows another, but the stream knows what comes and what goes wrong
  for room in request answer failure record report stream; do
    others=$(ls core/src/chat | grep -vx "$room")
    [ "$room" != stream ] || others=$(echo "$others" | grep -vxE 'answer|failure')
    for other in $others; do
      hits=$(grep -rnE "#include \"\.\./$other/" "core/src/chat/$room" || true)
      [ -z "$hits" ] || bad="$bad$hits
"
    done
  done
  # inside the Lua module the rooms that need no client know json, errors and their own; nothing knows the client but the door
  for room in schema media text; do
    hits=$(grep -rnE 'require\(? ?"chatabi\.' "bindings/lua/lua/chatabi/$room" | grep -vE "\"chatabi\.(json|error|half|$room\.[a-z]+)\"" || true)
    [ -z "$hits" ] || bad="$bad$hits
"
  done
  hits=$(grep -rnE 'require\(? ?"chatabi\.client"' bindings/lua/lua/chatabi || true)
  [ -z "$hits" ] || bad="$bad$hits
"
  [ -z "$bad" ] || fail "includes that run up or sideways:
$bad"
  hits=$(grep -rnE '#include ".*(core/src|base/|chat/|auth/|engine/|client/)' bindings examples || true)
  [ -z "$hits" ] || fail "bindings and examples see chatabi.h only:
$hits" ;;
sizes) # no file over 400 lines, but for the page that is made
  long=$(git ls-files 'core/src/*.[ch]' 'bindings/**' 'examples/*' ':!bindings/lua/API.md' | xargs wc -l | awk '$2 != "total" && $1 > 400')
  [ -z "$long" ] || fail "files over 400 lines:
$long" ;;
setopt) # one file speaks to libcurl's easy handle
  hits=$(grep -rln curl_easy_setopt core/src | grep -v engine/transfer.c || true)
  [ -z "$hits" ] || fail "curl_easy_setopt outside engine/transfer.c: $hits" ;;
heap) # one file speaks to the heap
  hits=$(grep -rnE '(^|[^_a-z>.])(malloc|calloc|realloc|free|strdup|strndup)\(' core/src | grep -v 'base/alloc.c' || true)
  [ -z "$hits" ] || fail "heap calls past base/alloc:
$hits" ;;
cjson) # cJSON's getters that ignore case
  hits=$(grep -rnE 'cJSON_(GetObjectItem|HasObjectItem|Parse)\(' core/src || true)
  [ -z "$hits" ] || fail "cJSON calls that ignore case or limits:
$hits" ;;
format) c_files | xargs clang-format --dry-run -Werror ;;
tidy) # the analyzer looks less deep here, for time: tidy-deep takes a quarter of an hour
  shallow="--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow"
  # shellcheck disable=SC2086
  git ls-files 'core/src/*.c' 'bindings/*.c' | xargs -P 2 -n 6 clang-tidy --quiet -p "$build" $shallow ;;
tidy-deep) git ls-files 'core/src/*.c' 'bindings/*.c' | xargs -P 2 -n 6 clang-tidy --quiet -p "$build" ;;
luacheck) luacheck --quiet bindings spec examples ;;
map) sh spec/tools/make-map.sh core/include/chatabi.h | diff -u core/chatabi.map - ;;
options) "$build/spec/options_page" | diff -u core/OPTIONS.md - ;;
lua_api) # types of options out of the options' page, and the page out of the types: both with sh spec/house.sh lua_api-write
  lua5.4 spec/tools/lua_api/options.lua | diff -u bindings/lua/types/chatabi/options.lua -
  lua5.4 spec/tools/lua_api/page.lua | diff -u bindings/lua/API.md - ;;
lua_api-write)
  lua5.4 spec/tools/lua_api/options.lua > bindings/lua/types/chatabi/options.lua
  lua5.4 spec/tools/lua_api/page.lua > bindings/lua/API.md ;;
lua_types) # the types against the module as it runs
  export CHATABI_EMULATOR="$build/spec/emulator/chatabi-emulator" LUA_CPATH="$build/spec/lua/5.4/?.so;;"
  LUA_PATH="./?.lua;bindings/lua/lua/?.lua;;" lua5.4 spec/tools/lua_api/check.lua ;;
errors) "$build/spec/errors_page" | diff -u core/ERRORS.md - ;;
dialects) "$build/spec/dialects_page" | diff -u core/DIALECTS.md - ;;
exports) # the library shows its own functions and nothing else
  shown=$(nm -D --defined-only "$build/libchatabi.so" | awk '{print $3}' | sed 's/@.*//' | grep -v '^CHATABI_1$' | sort -u)
  wanted=$(sed -n 's/^    \(chatabi_[a-z_]*\);$/\1/p' core/chatabi.map | sort -u)
  [ "$shown" = "$wanted" ] || fail "exported symbols differ from the map:
$shown" ;;
header) # the header alone, strictly, as C11, C++17 and for LuaJIT
  flags="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -fsyntax-only"
  for compiler in gcc clang; do
    $compiler -x c -std=c11 $flags core/include/chatabi.h
    $compiler -x c++ -std=c++17 $flags core/include/chatabi.h
  done
  luajit spec/tools/cdef.lua core/include/chatabi.h ;;
abi) # against the baseline; a deliberate addition is recorded with: sh spec/house.sh abi-record BUILD_DIR
  sh spec/tools/make-abi.sh "$build/libchatabi.so" > "$build/chatabi.abi"
  abidiff core/chatabi.abi "$build/chatabi.abi" ;;
abi-record) sh spec/tools/make-abi.sh "$build/libchatabi.so" > core/chatabi.abi ;;
*) fail "no such rule: $rule" ;;
esac
