-- SPDX-License-Identifier: MIT
-- A script that ends in the middle of a request, by the Lua module or the one file for LuaJIT.
local chatabi = require "chatabi"

local URL, SCENARIO = os.getenv "CHATABI_NET_URL", arg[1]
local PATHS = { handshake = "/60/10", stream = "/1000000/0", refresh = "" }

local options = { base_url = URL .. PATHS[SCENARIO], ca_file = os.getenv "CHATABI_NET_CA", auth = "none" }
if SCENARIO == "refresh" then
  options.provider = "vertex"
  options.auth = { "file", os.getenv "CHATABI_NET_CREDENTIAL" }
  options.auth_allow_hosts = "127.0.0.1"
end
local client = assert(chatabi.new(options))
local stream = client:stream "x"
local delay_ms = tonumber(os.getenv "CHATABI_NET_DELAY_MS")
if SCENARIO == "stream" then
  for _ = 0, 10 * delay_ms do assert(stream:next(8)) end
else
  stream:next(delay_ms / 1000)
end
