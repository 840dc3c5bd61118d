#!/bin/sh
# SPDX-License-Identifier: MIT
# From a fresh checkout to a streamed answer, without an account: installs what is missing, builds into ./build, starts
# the emulator and asks it a question the way Vertex AI is asked: over TLS, with a service account.
set -eu
cd "$(dirname "$0")/.."
place=$(mktemp -d)
emulator=""

finish() {
  [ -z "$emulator" ] || kill "$emulator" 2>/dev/null || true
  rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

now() { date +%s; }

step() {
  since=$(now)
  printf '%s\n' "$*"
}

done_step() { printf '     %s, %s s\n\n' "$1" $(($(now) - since)); }

# Runs a command without its output, which is shown when it fails.
quietly() {
  "$@" >>"$place/log" 2>&1 && return
  tail -n 30 "$place/log" >&2
  echo "This failed: $*" >&2
  exit 1
}

# Of the line of JSON with which the emulator says where it is.
said() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$place/said"; }

step "1/3  Tools and libraries"
sh spec/install.sh build
done_step "all there"

step "2/3  Building into ./build (half a minute, the first time)"
if [ -f build/CMakeCache.txt ]; then
  quietly cmake -S . -B build -DCHATABI_BUILD_EMULATOR=ON
else
  quietly cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release -DCHATABI_BUILD_EMULATOR=ON
fi
quietly cmake --build build
done_step "built"

step "3/3  A question, the way Vertex AI is asked: TLS, and a service account's key exchanged for a token"
build/spec/emulator/chatabi-emulator --tls --quiet --dir "$place" >"$place/said" 2>>"$place/log" &
emulator=$!
tries=0
until [ -s "$place/said" ]; do
  tries=$((tries + 1))
  if [ $tries -gt 100 ] || ! kill -0 "$emulator" 2>/dev/null; then
    cat "$place/log" >&2
    echo "The emulator does not start." >&2
    exit 1
  fi
  sleep 0.1
done

lua=$(command -v lua5.4 || command -v lua)
url=$(said tls_url)
question="Why is the sky blue?"
printf '\n> %s\n' "$question"
"$lua" bindings/lua/bin/chatabi --provider vertex --base-url "$url" --project "$(said project)" --ca-file "$(said ca_file)" \
  --auth "file:$(said credentials_file)" --auth-allow-hosts "${url#https://}" "$question" </dev/null

cat <<'END'

This answer is canned: it came from build/spec/emulator/chatabi-emulator on this machine. No model was called, and nothing
left the machine. For real answers:

  Vertex AI   gcloud auth application-default login
              lua5.4 bindings/lua/bin/chatabi --project YOUR-PROJECT
  OpenAI      export OPENAI_API_KEY=...
              lua5.4 bindings/lua/bin/chatabi --provider openai
  Ollama      lua5.4 bindings/lua/bin/chatabi --base-url http://localhost:11434/v1 --model llama3.2

When something is missing, the same with the word doctor behind it says what. After sudo cmake --install build
the command is just: chatabi

Then read README.md.
END
