-- SPDX-License-Identifier: MIT
-- What the LuaJIT hosts share. The declarations come from the header itself.
local ffi = require "ffi"

local function setting(name)
  return (assert(os.getenv(name), name .. " is not set: start this script through `runs`"))
end

local file = assert(io.open(setting "CHATABI_NET_HEADER"))
ffi.cdef(assert(file:read("*a"):match("/%* cdef begin %*/(.-)/%* cdef end %*/")))
file:close()
ffi.cdef "int poll(void *fds, unsigned long count, int timeout_ms);"

local net = { lib = ffi.load(setting "CHATABI_NET_LIB"), delay_ms = tonumber(setting "CHATABI_NET_DELAY_MS") }

function net.nap(ms) ffi.C.poll(nil, 0, ms) end

function net.client(path)
  local client = net.lib.chatabi_client_new()
  assert(net.lib.chatabi_client_set(client, "base_url", setting "CHATABI_NET_URL" .. path) == 0)
  assert(net.lib.chatabi_client_set(client, "ca_file", setting "CHATABI_NET_CA") == 0)
  assert(net.lib.chatabi_client_set_auth(client, "none", nil) == 0)
  return client
end

function net.send(client)
  local body = '{"model":"net","stream":true,"messages":[{"role":"user","content":"x"}]}'
  local request = net.lib.chatabi_client_send(client, body, #body, nil)
  assert(request ~= nil)
  return request
end

-- Reads to the end with `next`; the number of text events.
function net.finish(request, next)
  next = next or net.lib.chatabi_request_next
  local texts = 0
  while true do
    local event = next(request, 8000)
    if event == 1 then texts = texts + 1 end
    if event == 5 then return texts end
    assert(event > 0, "the request ended with " .. event)
  end
end

return net
