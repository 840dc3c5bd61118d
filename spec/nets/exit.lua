-- SPDX-License-Identifier: MIT
-- A script that ends while the I/O thread is at work.
local net = dofile((arg[0]:gsub("[^/]+$", "")) .. "net.lua")
if arg[1] == "refresh" then
  net.send(net.client_with_credential())
elseif arg[1] == "stream" then
  local request = net.send(net.client("/1000000/0"))
  local event
  repeat event = net.lib.chatabi_request_next(request, 8000) until event <= 1
  assert(event == 1)
else
  net.send(net.client("/60/10"))
end
net.nap(net.delay_ms)
