-- SPDX-License-Identifier: MIT
-- ffi.load's result is collected, and the library dropped with it, while a request runs and its functions are still
-- held: in LuaJIT nothing but a variable keeps a library loaded.
local net = dofile((arg[0]:gsub("[^/]+$", "")) .. "net.lua")
local client = net.client("/10/5")
local request = net.send(client)
local next, free_request, free_client =
  net.lib.chatabi_request_next, net.lib.chatabi_request_free, net.lib.chatabi_client_free
net.nap(net.delay_ms)
net.lib = nil
collectgarbage()
collectgarbage()
net.nap(20)
assert(net.finish(request, next) == 10)
free_request(request)
free_client(client)
