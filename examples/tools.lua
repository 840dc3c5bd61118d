#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- Tools: functions that the model may call. The conversation checks the arguments, calls them, hands the results back,
-- and goes on until there is an answer. One of them asks you first.
--
-- Run: lua5.4 examples/tools.lua
pcall(require, "examples.setup") -- only in a checkout
local chatabi = require "chatabi"

local stock = { apple = 3, pear = 0 }

local tools = {
  stock_of = {
    description = "Says how many pieces of a fruit are in stock.",
    parameters = { fruit = "string: in the singular" },
    approve = false, -- looking does no harm: nobody is asked
    run = function(arguments)
      local count = stock[arguments.fruit]
      -- What goes wrong is told to the model, which can do something about it. So is what error() raises.
      if not count then return nil, "We do not sell " .. arguments.fruit .. "." end
      return { count = count }
    end,
  },
  order = {
    description = "Orders fruit from the grower.",
    parameters = { fruit = { "apple", "pear" }, pieces = "integer", note = "string?: for the driver" },
    run = function(arguments)
      stock[arguments.fruit] = stock[arguments.fruit] + arguments.pieces
      return ("%d pieces will come tomorrow."):format(arguments.pieces)
    end,
  },
}

local client = assert(chatabi.new { model = "google/gemini-2.5-flash" })
local talk = client:conversation {
  system = "You look after the stock of a fruit shop. Use the tools for facts.",
  tools = tools,
  max_rounds = 6,
  approve = function(call) -- before a tool is run
    io.write(("Allow %s %s? [y/n] "):format(call.name, call.json))
    if io.read() == "y" then return true end
    return false, "not today"
  end,
  on_tool = function(call, result) print(("* %s %s -> %s"):format(call.name, call.json, result)) end,
}

local answer, err = talk:send(arg[1] or "Look in steps whether we have mangos, and order what we need.")
if not answer then
  -- TOO_MANY: still calling tools after max_rounds. The rounds until then are in err.turn, not in the history.
  print(err.name, err.message)
  os.exit(1)
end
print(answer.text)
