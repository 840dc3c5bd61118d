#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- chatabi in libuv's loop: luvit, luv alone, and Neovim, whose own loop it is. The editor stays alive while an answer
-- comes, and no process is started.
--
-- Run: lua5.4 examples/luv.lua      Needed: luv (Debian: lua-luv).
-- Or:  nvim -l examples/luv.lua     (0.9; before it: nvim --headless -c "luafile examples/luv.lua" -c qa)
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

-- In Neovim loop.nvim(): the code after a wait may then use all of its API.
local nvim = rawget(_G, "vim")
local uv = nvim and (nvim.uv or nvim.loop) or require "luv"
local yield = nvim and chatabi.loop.nvim() or chatabi.loop.luv(uv)

local client = assert(chatabi.new { model = "google/gemini-2.5-flash", yield = yield })

local waiting, ticks = 2, 0
local timer = uv.new_timer()

-- Waits happen inside of coroutines; outside of one they would stop the loop.
local function go(task)
  local function run()
    task()
    waiting = waiting - 1
    if waiting == 0 then timer:close() end
  end
  coroutine.wrap(run)()
end

timer:start(0, 10, function() ticks = ticks + 1 end)

go(function() print("chat: " .. assert(client:chat "Why is the sky blue?").text) end)

go(function()
  local stream = assert(client:stream "Tell me a story")
  local chunk, err = stream:next() -- in a while loop: in Lua 5.1 a `for chunk in stream` cannot yield
  while chunk do
    io.write(chunk.text)
    chunk, err = stream:next()
  end
  print(err or "")
end)

-- An editor that is open runs the loop by itself: a plugin ends here.
if nvim then nvim.wait(60000, function() return waiting == 0 end, 10) else uv.run() end
print(("meanwhile the clock ticked %s"):format(ticks > 1 and "on" or "not"))
