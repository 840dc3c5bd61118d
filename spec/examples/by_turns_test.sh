#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/by_turns.lua over more than three lifetimes of its tokens: by_turns_test.sh BUILD_DIR
set -eu
. "$(dirname "$0")/place.sh"
start_emulator --tls --token-ttl 4
url=$(said tls_url)

cat >"$place/config.json" <<END
{ "provider": "vertex", "base_url": "$url", "ca_file": "$(said ca_file)", "auth_allow_hosts": "127.0.0.1" }
END
export CHATABI_CONFIG="$place/config.json"
GOOGLE_APPLICATION_CREDENTIALS=$(said authorized_user_file)
export GOOGLE_APPLICATION_CREDENTIALS
lua5.4 examples/by_turns.lua "$(said project)" us-central1 1234567890 14 0.1 >"$place/out" 2>"$place/err" || fail "it ended early"

count() { grep -c "$1" "$place/out" || true; }
[ "$(count '^gemini ')" -ge 20 ] || fail "few turns of Gemini"
[ "$(count '^endpoint ')" -ge 20 ] || fail "few turns of the endpoint"
[ "$(sort -u "$place/out" | sed 's/.*until //' | sort -u | wc -l)" -ge 4 ] || fail "fewer than four tokens"
! grep -q 'ya29\|Bearer' "$place/out" "$place/err" || fail "a token was shown"

curl -s --cacert "$(said ca_file)" "$url/emulator/journal" >"$place/journal"
lua5.4 - "$place/journal" <<'LUA' || fail "the journal says otherwise"
local file = assert(io.open(arg[1]))
local seen = { chat = 0, exchanges = 0 }
for _, entry in ipairs(require("chatabi").decode(file:read "a")) do
  local kind = entry.path:find "chat/completions$" and "chat" or "exchanges"
  seen[kind] = seen[kind] + 1
  if entry.status ~= 200 then error(entry.path .. " was answered with " .. entry.status) end
end
print(("%d chats, %d exchanges, no other status than 200"):format(seen.chat, seen.exchanges))
assert(seen.chat >= 40 and seen.exchanges >= 6 and seen.exchanges <= 24)
LUA
