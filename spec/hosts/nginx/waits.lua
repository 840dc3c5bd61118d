-- SPDX-License-Identifier: MIT
-- Ways to wait in nginx, for waits.mjs to compare: the module's, and a pause of so many milliseconds for each stream.
local chatabi = require "chatabi"
local settings = require "gateway.settings"

local function pause(seconds)
  return function() ngx.sleep(seconds) end
end

local yields = { loop = chatabi.loop.nginx(), ["5"] = pause(0.005), ["1"] = pause(0.001) }
local client = assert(chatabi.new(settings.backends.own))

return function()
  local body = { model = "x", messages = { { role = "user", content = ngx.var.arg_events } } }
  local stream = client:stream(body, { yield = yields[ngx.var.arg_wait] })
  local chunk, err = stream:next()
  while chunk do
    ngx.print(chunk.text, "\n")
    ngx.flush(true)
    chunk, err = stream:next()
  end
  stream:close()
  if err then error(err) end
end
