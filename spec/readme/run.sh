#!/bin/sh
# SPDX-License-Identifier: MIT
# Executes the code blocks of pages, as they stand, against the emulator: run.sh BUILD_DIR README.md, or PAGE...
# README.md's all of them, in a copy of the checkout, from which it installs what they need. Other pages' programs with
# the module of the build tree; what is no whole program has to parse.
set -eu
build=$(cd "$1" && pwd)
shift
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
place=$(mktemp -d)
CHATABI_EMULATOR_PID=""
trap '[ -z "$CHATABI_EMULATOR_PID" ] || kill "$CHATABI_EMULATOR_PID"; rm -rf "$place"' EXIT

# The page's project is the one that exists, and its environment is the user's: credentials, keys, no more.
"$build/spec/emulator/chatabi-emulator" --tls --quiet --print-env --project my-project --dir "$place" >"$place/env" &
tries=0
until [ -s "$place/env" ] || [ $tries -gt 100 ]; do tries=$((tries + 1)); sleep 0.05; done
. "$place/env"
export GEMINI_API_KEY="$OPENAI_API_KEY" OPENROUTER_API_KEY="$OPENAI_API_KEY"
unset OPENAI_BASE_URL
cc -shared -fPIC -D_GNU_SOURCE -Wall -Wextra -Werror -I"$root/core/include" "$here/redirect.c" -o "$place/redirect.so" -ldl

if [ "$1" != README.md ]; then
  mkdir "$place/work"
  cd "$place/work"
  export CHATABI_REDIRECTED="$build/spec/readme/redirected" CHATABI_INCLUDE="$root/core/include"
  export LUA_PATH="$root/bindings/lua/lua/?.lua;$root/spec/tools/?.lua" LUA_CPATH="$build/spec/lua/5.4/?.so"
  for page in "$@"; do
    CHATABI_REDIRECT="$place/redirect.so" lua5.4 "$here/run.lua" "$root/$page" programs
  done
  exit
fi

# A copy of the checkout to build in, and a "sudo" that installs into a place of its own, which the searches below find.
mkdir "$place/checkout" "$place/bin"
for name in bindings core examples spec CMakeLists.txt; do cp -r "$root/$name" "$place/checkout/"; done
cat >"$place/bin/sudo" <<END
#!/bin/sh
[ "\$1" = ldconfig ] && exit 0
exec "\$@" --prefix "$place/usr/local"
END
chmod +x "$place/bin/sudo"
usr=$place/usr/local
export PATH="$place/bin:$usr/bin:$PATH" PKG_CONFIG_PATH="$usr/lib/pkgconfig" CMAKE_PREFIX_PATH="$usr" LD_LIBRARY_PATH="$usr/lib"
export LUA_PATH="$usr/share/lua/5.4/?.lua" LUA_CPATH="$usr/lib/lua/5.4/?.so"

cd "$place/checkout"
CHATABI_REDIRECT="$place/redirect.so" lua5.4 "$here/run.lua" "$root/README.md"
