-- SPDX-License-Identifier: MIT
-- The entity. Its table is what tools get as context.villager: object, kind, stock.
local use = ...
local kinds = use "kinds"
local legs = use "legs"
local options = use "options"
local speech = use "speech"
local talks = use "talks"

local ENTITY = "chatabi_villager:villager"

local villager = {}

local active = {} -- entity -> true

local Villager = {
  initial_properties = {
    visual = "mesh",
    mesh = "chatabi_villager.obj",
    textures = { "blank.png" },
    visual_size = { x = 10, y = 10 },
    backface_culling = true,
    physical = true,
    collide_with_objects = false,
    stepheight = 1.1,
    collisionbox = { -0.3, 0, -0.3, 0.3, 1.9, 0.3 },
    selectionbox = { -0.4, 0, -0.4, 0.4, 2.4, 0.4 }, -- the name stands on top of it
    nametag_bgcolor = { a = 160, r = 20, g = 20, b = 30 },
  },
}

-- What stands in the world's files: which kind, and what it has left. Nothing that was said.
function Villager:get_staticdata()
  return core.serialize { id = self.kind and self.kind.id or self.id, stock = self.stock }
end

function Villager:on_activate(staticdata)
  local saved = core.deserialize(staticdata, true) or {}
  self.id, self.kind = saved.id, kinds.get(saved.id or "")
  if not self.kind then
    core.log("warning", "[chatabi_villager] There is no villager " .. tostring(saved.id) .. " any more.")
    self.stock = saved.stock
    return
  end
  self.stock = saved.stock or table.copy(self.kind.goods)
  self.object:set_armor_groups { immortal = 1 }
  self.object:set_acceleration { x = 0, y = -9.81, z = 0 }
  self.object:set_properties { textures = self.kind.textures }
  active[self] = true
  speech.name(self)
end

-- Unloaded or removed: what it was about to say nobody would hear.
function Villager:on_deactivate()
  active[self] = nil
  talks.cancel_villager(self)
  legs.forget(self)
end

function Villager:on_step(dtime, contact)
  if not self.kind then return end
  legs.step(self, dtime, contact)
  speech.step(self)
end

function Villager:on_rightclick(clicker)
  if self.kind and clicker:is_player() then use("hearing").open(self, clicker) end
end

core.register_entity(ENTITY, Villager)

-- (id of the kind, position of its feet) -> the villager, or nil where the world is not loaded
function villager.spawn(id, position)
  assert(kinds.get(id), ("there is no villager %s"):format(tostring(id)))
  local object = core.add_entity(position, ENTITY, core.serialize { id = id })
  return object and object:get_luaentity()
end

function villager.all() return active end

-- Villagers this near, the nearest first: { villager, distance }.
function villager.near(position, distance)
  local found = {}
  for one in pairs(active) do
    local place = one.object:get_pos()
    local away = place and vector.distance(place, position)
    if away and away <= distance then found[#found + 1] = { villager = one, distance = away } end
  end
  table.sort(found, function(a, b) return a.distance < b.distance end)
  return found
end

function villager.hearing_distance() return options.number("hearing_distance", 20) end

return villager
