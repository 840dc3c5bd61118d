-- SPDX-License-Identifier: MIT
-- open_gate and shut_gate: the gate nearest to the villager, with all of its parts. A gate is a node that has another
-- one for when it is open. Those of minetest_game's doors are known without being registered.
local use = ...
local tools = use "tools"

local LARGEST = 32

local gate = {}

local opened, closed = {}, {} -- closed node -> open node, and back

function gate.register(closed_node, open_node)
  opened[closed_node], closed[open_node] = open_node, closed_node
end

-- Fence gates say themselves what they become.
core.register_on_mods_loaded(function()
  for name, node in pairs(core.registered_nodes) do
    if node.gate and name:match "_closed$" and core.registered_nodes[node.gate] then gate.register(name, node.gate) end
  end
end)

local function keys(map)
  local list = {}
  for name in pairs(map) do list[#list + 1] = name end
  return list
end

local SIDES = { { x = 1, y = 0, z = 0 }, { x = -1, y = 0, z = 0 }, { x = 0, y = 1, z = 0 }, { x = 0, y = -1, z = 0 },
  { x = 0, y = 0, z = 1 }, { x = 0, y = 0, z = -1 } }

-- The positions of all nodes of this name that hang together with this one.
local function whole(position, name)
  local list, seen = { position }, { [core.hash_node_position(position)] = true }
  for at = 1, LARGEST do
    if not list[at] then break end
    for _, side in ipairs(SIDES) do
      local beside = vector.add(list[at], side)
      local hash = core.hash_node_position(beside)
      if not seen[hash] and core.get_node(beside).name == name then list[#list + 1] = beside end
      seen[hash] = true
    end
  end
  return list
end

local function is_protected(list, player_name)
  for _, position in ipairs(list) do
    if core.is_protected(position, player_name) then return true end
  end
  return false
end

-- Turns the nearest gate in `from` into what `from` says of it.
local function change(context, from, to, state)
  local place = vector.round(context.villager.object:get_pos())
  local reach = context.villager.kind.reach
  local found = core.find_node_near(place, reach, keys(from), true)
  if not found then
    local other = core.find_node_near(place, reach, keys(to), true)
    return nil, other and "The gate is " .. state .. " already." or "There is no gate near here."
  end
  local name = core.get_node(found).name
  local parts = whole(found, name)
  -- as the player: what a player may not open, a villager does not open for them
  if is_protected(parts, context.player_name) then return nil, "That gate belongs to somebody else." end
  for _, position in ipairs(parts) do
    core.swap_node(position, { name = from[name], param2 = core.get_node(position).param2 })
  end
  return { gate = state, position = core.pos_to_string(found) }
end

local function has_gates() return next(opened) and { type = "object", properties = {} } or nil end

tools.register_builtin("open_gate", {
  description = "Opens the gate that is nearest to you.",
  parameters = has_gates,
  run = function(_, context) return change(context, opened, closed, "open") end,
})

tools.register_builtin("shut_gate", {
  description = "Shuts the gate that is nearest to you.",
  parameters = has_gates,
  run = function(_, context) return change(context, closed, opened, "shut") end,
})

return gate
