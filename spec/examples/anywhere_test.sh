#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/anywhere.lua against every kind of server, with the same words from all: anywhere_test.sh BUILD_DIR
set -eu
. "$(dirname "$0")/place.sh"
start_emulator --tls --require-key
url=$(said url)

GOOGLE_APPLICATION_CREDENTIALS=$(said authorized_user_file)
export GOOGLE_APPLICATION_CREDENTIALS
export OPENAI_API_KEY=sk-of-somebody-else GEMINI_API_KEY=of-somebody-else

# ---- one file each ----

google="provider = 'vertex', base_url = '$(said tls_url)', ca_file = '$(said ca_file)', auth_allow_hosts = '127.0.0.1', project = '$(said project)'"
key="auth = { 'api_key', '$(said api_key)' }"
echo "return { $google, location = 'global', model = 'google/gemini-3-pro' }" >"$place/vertex.lua"
echo "return { $google, location = 'us-central1', endpoint = '1234567890', model = 'mine' }" >"$place/endpoint.lua"
echo "return { provider = 'openai', base_url = '$url/v1', model = 'gpt-5-mini', $key }" >"$place/openai.lua"
echo "return { provider = 'gemini', base_url = '$url/v1beta/openai', model = 'gemini-3-pro', $key }" >"$place/gemini.lua"
echo "{\"base_url\":\"$url/vllm/v1\",\"model\":\"Qwen/Qwen3-8B\"}" >"$place/vllm.json"

# ---- the same from all ----

chats() { curl -s "$url/emulator/stats" | sed -n 's/.*"chat":\([0-9]*\).*/\1/p'; }

for config in openai.lua vertex.lua endpoint.lua gemini.lua vllm.json; do
  before=$(chats)
  CHATABI_CONFIG="$place/$config" lua5.4 examples/anywhere.lua >"$place/out" 2>"$place/err" || fail "$config: it ended with an error"
  [ ! -s "$place/err" ] || fail "$config: something is on standard error"
  [ $(($(chats) - before)) = 4 ] || fail "$config: not two rounds of tools, an answer and a form"
  cp "$place/out" "$place/said by $config"
  cmp -s "$place/said by $config" "$place/said by openai.lua" || {
    diff "$place/said by openai.lua" "$place/said by $config" >&2 || true
    fail "$config: another transcript than OpenAI's"
  }
done
grep -q '^\* find_person {' "$place/out" && grep -q '^\* weather_in {' "$place/out" || fail "the tools were not called"
grep -q 'degrees' "$place/out" || fail "the form was not filled in"
curl -s "$url/emulator/journal" | grep -q 'Bearer api_key' || fail "the journal is empty"
! curl -s "$url/emulator/journal" | grep -q 'of-somebody-else' || fail "a key of another provider was sent"
echo "5 passed, 0 failed"
