-- SPDX-License-Identifier: MIT
-- How a villager gets somewhere: along a path, or after somebody. It climbs by its stepheight.
local SPEED = 2.6
local CLOSE = 0.35 -- to a point of the path
local BEHIND = 2.5 -- whom it follows
local LOST = 40
local SEARCH, JUMP, DROP = 12, 1, 3
local STUCK_S = 2

local legs = {}

local function flat_distance(a, b) return math.sqrt((a.x - b.x) ^ 2 + (a.z - b.z) ^ 2) end

local function stand(villager)
  local velocity = villager.object:get_velocity()
  if velocity then villager.object:set_velocity { x = 0, y = velocity.y, z = 0 } end
end

local function head_for(villager, target)
  local from = villager.object:get_pos()
  local direction = vector.normalize { x = target.x - from.x, y = 0, z = target.z - from.z }
  local velocity = villager.object:get_velocity()
  villager.object:set_velocity { x = direction.x * SPEED, y = velocity.y, z = direction.z * SPEED }
  villager.object:set_yaw(core.dir_to_yaw(direction))
end

-- Ends what it is about, and tells whoever waits for it.
local function stop(villager, reached, why)
  local goal = villager.goal
  villager.goal = nil
  if not goal then return end
  stand(villager)
  if goal.done then goal.done(reached, why) end
end

function legs.stop(villager) stop(villager, nil, "It was told to do something else.") end

-- The villager is gone: nobody waits any more.
function legs.forget(villager) villager.goal = nil end

local function feet(position) return vector.round { x = position.x, y = position.y + 0.3, z = position.z } end

-- Goes there, and calls done(true), or done(nil, why not).
function legs.go(villager, target, done)
  legs.stop(villager)
  local path = core.find_path(feet(villager.object:get_pos()), feet(target), SEARCH, JUMP, DROP, "A*_noprefetch")
  if not path then return done(nil, "There is no way to get there on foot.") end
  villager.goal = { path = path, at = 1, done = done, still_s = 0 }
end

-- Stays near the player with this name until it is stopped.
function legs.follow(villager, player_name)
  legs.stop(villager)
  villager.goal = { player_name = player_name }
end

local function step_path(villager, goal, dtime)
  local position, point = villager.object:get_pos(), goal.path[goal.at]
  -- a server that is behind takes long steps, in which the point would be passed
  if flat_distance(position, point) < math.max(CLOSE, math.min(SPEED * dtime, 1)) then
    goal.at, goal.still_s = goal.at + 1, 0
    if goal.at > #goal.path then return stop(villager, true) end
    point = goal.path[goal.at]
  end
  goal.still_s = goal.still_s + dtime
  if goal.still_s > STUCK_S then return stop(villager, nil, "Something is in the way.") end
  head_for(villager, point)
end

local function step_follow(villager, goal)
  local player = core.get_player_by_name(goal.player_name)
  local target = player and player:get_pos()
  if not target then return stop(villager) end
  local distance = flat_distance(villager.object:get_pos(), target)
  if distance > LOST then return stop(villager) end
  if distance > BEHIND then head_for(villager, target) else stand(villager) end
end

function legs.step(villager, dtime)
  local goal = villager.goal
  if not goal then return end
  if goal.path then step_path(villager, goal, dtime) else step_follow(villager, goal) end
end

return legs
