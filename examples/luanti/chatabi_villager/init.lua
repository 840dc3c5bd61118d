-- SPDX-License-Identifier: MIT
-- Villagers that talk. This file loads the others, and holds the insecure environment while chatabi is loaded: here and
-- nowhere else, since whoever got hold of it could do anything on this machine.
--
-- Each noun has a file; it gets `use`, which gives the others.

local path = core.get_modpath(core.get_current_modname())
local parts = {}

local function use(name)
  if parts[name] == nil then parts[name] = assert(loadfile(path .. "/" .. name .. ".lua"))(use) end
  return parts[name]
end

-- A debug hook sees every function that is called: none shall see those of the insecure environment.
if debug.sethook then debug.sethook() end
local insecure = core.request_insecure_environment()
local client = use "client"
client.load(use "library", insecure, path)
insecure = nil -- luacheck: ignore

use "tools/items"
use "tools/gate"
use "tools/walk"
use "tools/look"
use "hearing"
use "commands"
use "server"

-- What other mods may use. Neither chatabi nor anything insecure can be reached from here.
chatabi_villager = {
  register_villager = use("kinds").register,
  register_tool = use("tools").register,
  register_gate = use("tools/gate").register,
  spawn = use("villager").spawn,
  hear = use("hearing").hear,
  LATER = use("tools").LATER,
}
