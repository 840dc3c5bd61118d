-- SPDX-License-Identifier: MIT
-- look_around: what the villager sees, in words that a model can use.
local use = ...
local tools = use "tools"
local villagers = use "villager"

local DIRECTIONS = { "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west" }
local SIGHT, NEAR = 24, 6
local MOST_NODES = 12

local function direction(from, to)
  local angle = math.atan2(to.x - from.x, to.z - from.z)
  return DIRECTIONS[math.floor(angle / (math.pi / 4) + 0.5) % 8 + 1]
end

local function seen(from, name, place)
  return { name = name, distance = math.floor(vector.distance(from, place) + 0.5), direction = direction(from, place) }
end

local function players(from)
  local list = {}
  for _, player in ipairs(core.get_connected_players()) do
    local place = player:get_pos()
    if vector.distance(from, place) <= SIGHT then list[#list + 1] = seen(from, player:get_player_name(), place) end
  end
  return list
end

local function others(self, from)
  local list = {}
  for _, found in ipairs(villagers.near(from, SIGHT)) do
    local other = found.villager
    if other ~= self then list[#list + 1] = seen(from, other.kind.name, other.object:get_pos()) end
  end
  return list
end

local function places(kind, from)
  local list = {}
  for name, place in pairs(kind.places) do list[#list + 1] = seen(from, name, place) end
  table.sort(list, function(a, b) return a.distance < b.distance end)
  return list
end

-- What the world is made of near here, the most frequent first.
local function nodes(from)
  local corner, extent = vector.round(from), { x = NEAR, y = 3, z = NEAR }
  local _, counts = core.find_nodes_in_area(vector.subtract(corner, extent), vector.add(corner, extent),
    { "group:cracky", "group:crumbly", "group:choppy", "group:snappy", "group:oddly_breakable_by_hand" })
  local list = {}
  for name, count in pairs(counts) do
    if count > 0 then list[#list + 1] = { node = name, count = count } end
  end
  table.sort(list, function(a, b) return a.count > b.count end)
  while #list > MOST_NODES do table.remove(list) end
  return list
end

local function clock()
  local minutes = math.floor(core.get_timeofday() * 24 * 60)
  return ("%02d:%02d"):format(math.floor(minutes / 60), minutes % 60)
end

tools.register_builtin("look_around", {
  description = "Tells who and what is near you, where places are, what you have, and the time of day.",
  run = function(_, context)
    local self = context.villager
    local from = self.object:get_pos()
    return {
      time = clock(),
      players = players(from),
      villagers = others(self, from),
      places = places(self.kind, from),
      you_have = self.stock,
      nodes = nodes(from),
    }
  end,
})
