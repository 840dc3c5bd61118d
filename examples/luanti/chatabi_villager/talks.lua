-- SPDX-License-Identifier: MIT
-- All talks that are under way, in the order in which they began. A player has one at a time: whoever speaks again
-- interrupts.
local use = ...
local client = use "client"
local ledger = use "ledger"
local options = use "options"
local steptime = use "steptime"
local talk = use "talk"

local STEP_US = 2000 -- of a server's step, for all of them

local talks = {}

local under_way = {}

local function remove_over()
  for at = #under_way, 1, -1 do
    if under_way[at].over then table.remove(under_way, at) end
  end
end

-- Cancels those for which matches(talk) holds; how many there were.
local function cancel(matches)
  local count = 0
  for _, one in ipairs(under_way) do
    if not one.over and matches(one) then
      count = count + 1
      one:cancel()
    end
  end
  return count
end

function talks.cancel_player(name)
  return cancel(function(one) return one.player_name == name end)
end

function talks.cancel_villager(villager)
  return cancel(function(one) return one.villager == villager end)
end

function talks.cancel_all()
  return cancel(function() return true end)
end

function talks.count()
  remove_over()
  return #under_way
end

-- Whoever talks already gives up a place for it.
local function has_room(player_name)
  local count = 0
  for _, one in ipairs(under_way) do
    if not one.over and one.player_name ~= player_name then count = count + 1 end
  end
  return count < options.number("max_talks", 16)
end

local function begin(...) under_way[#under_way + 1] = talk.begin(...) end

-- (villager, name of the player, text) -> true; or nil and a sentence for the player
function talks.begin(villager, player_name, text)
  local why = client.why_not()
  if why then
    local is_admin = core.check_player_privs(player_name, { server = true })
    return nil, villager.kind.name .. " cannot talk" .. (is_admin and ": " .. why or " on this server yet.")
  end
  if not has_room(player_name) then return nil, "All villagers are busy talking. Try again in a moment." end
  local allowed, too_much = ledger.take(player_name)
  if not allowed then return nil, too_much end
  talks.cancel_player(player_name)
  local good, unasked = pcall(steptime.measure, begin, villager, player_name, text) -- it also is a part of a step
  if good then return true end
  -- a client that is not ours sends any bytes, and an error here would end the server
  core.log("warning", ("[chatabi_villager] %s cannot be asked by %s: %s"):format(villager.kind.name, player_name,
    tostring(unasked)))
  return nil, villager.kind.name .. " does not understand you."
end

-- A mistake in one talk, or in a tool, shall not end the server.
local function step_one(one, until_us)
  local good, why = xpcall(function() one:step(until_us) end, debug.traceback)
  if good then return end
  core.log("error", "[chatabi_villager] A talk ended by a mistake: " .. tostring(why))
  pcall(function() one:cancel() end)
  one.over = true
end

-- In turn, for as long as there is time; the next step goes on where this one ended.
function talks.step()
  local until_us = core.get_us_time() + STEP_US
  remove_over()
  for _ = 1, #under_way do
    local one = table.remove(under_way, 1)
    under_way[#under_way + 1] = one
    if not one.over then step_one(one, until_us) end
    if core.get_us_time() > until_us then break end
  end
  remove_over()
end

return talks
