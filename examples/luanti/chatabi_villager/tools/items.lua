-- SPDX-License-Identifier: MIT
-- give_item: out of what the villager has, to the player it talks with.
local use = ...
local tools = use "tools"

local function names(goods)
  local list = {}
  for name in pairs(goods) do list[#list + 1] = name end
  table.sort(list)
  return list
end

local function parameters(kind)
  local items = names(kind.goods)
  if #items == 0 then return nil end
  return {
    type = "object",
    properties = {
      item = { type = "string", enum = items, description = "What is given." },
      count = { type = "integer", minimum = 1, maximum = 99, description = "How many; one when it is left out." },
    },
    required = { "item" },
  }
end

local function run(arguments, context)
  local villager, player = context.villager, context.player
  if not player then return nil, "The player is not here any more." end
  local item, count = arguments.item, arguments.count or 1
  local left = villager.stock[item] or 0
  if not core.registered_items[item] then return nil, "There is no such thing as " .. item .. " in this world." end
  if vector.distance(player:get_pos(), villager.object:get_pos()) > villager.kind.reach then
    return nil, "The player is too far away."
  end
  if left < count then return nil, ("You have only %d of these left."):format(left) end
  local stack = ItemStack(item .. " " .. count)
  local inventory = player:get_inventory()
  if not inventory:room_for_item("main", stack) then return nil, "The player's inventory is full." end
  inventory:add_item("main", stack)
  villager.stock[item] = left - count
  return { given = item, count = count, left = left - count }
end

tools.register_builtin("give_item", {
  description = "Gives the player something that you have.",
  parameters = parameters,
  run = run,
})
