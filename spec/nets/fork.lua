-- SPDX-License-Identifier: MIT
-- A script that forks in the middle of a request.
local net = dofile((arg[0]:gsub("[^/]+$", "")) .. "net.lua")
local ffi = require "ffi"
ffi.cdef "int fork(void); int waitpid(int pid, int *status, int options);"
local FORKED = -5
local client = net.client("/10/5")
local request = net.send(client)
net.nap(net.delay_ms)
local pid = ffi.C.fork()
assert(pid >= 0)
if pid == 0 then
  assert(net.lib.chatabi_request_next(request, 100) == FORKED)
  assert(net.lib.chatabi_client_start(client) == FORKED)
  assert(net.lib.chatabi_client_ready(client, 100) == nil)
  net.lib.chatabi_request_free(request)
  net.lib.chatabi_client_free(client)
  local own = net.client("/3/1")
  assert(net.finish(net.send(own)) == 3)
  os.exit(0, true)
end
assert(net.finish(request) == 10)
local status = ffi.new("int[1]")
assert(ffi.C.waitpid(pid, status, 0) == pid and status[0] == 0)
