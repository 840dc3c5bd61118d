-- SPDX-License-Identifier: MIT
-- /chatabi stop, /chatabi status
local use = ...
local client = use "client"
local ledger = use "ledger"
local steptime = use "steptime"
local talks = use "talks"

local function is_admin(name) return core.check_player_privs(name, { server = true }) end

local commands = {}

-- ---- stop ----

function commands.stop(name, who)
  if who == "all" then
    if not is_admin(name) then return false, "Only those with the privilege server stop all talks." end
    return true, ("%d talks ended."):format(talks.cancel_all())
  end
  if talks.cancel_player(name) == 0 then return true, "No villager is answering you." end
  return true, "The villager falls silent."
end

-- ---- status ----

local function own_lines(name)
  local limit = ledger.limit()
  local left = limit > 0 and ("%d of %d"):format(math.max(0, limit - ledger.used(name)), limit) or "any number of"
  return { ("You have %s tokens left today. Talks under way: %d."):format(left, talks.count()) }
end

local function milliseconds(us) return ("%.2f ms"):format(us / 1000) end

local function where(status)
  local parts = { status.provider, status.project, status.location, status.base_url, status.model }
  local list = {}
  for at = 1, 5 do list[#list + 1] = parts[at] end
  return table.concat(list, ", ")
end

local function credential(auth)
  if not auth then return "none" end
  local text = auth.type
  if auth.principal then text = text .. " of " .. auth.principal end
  if auth.expires_at then text = text .. ", token until " .. auth.expires_at end
  if auth.last_error then text = text .. ". " .. auth.last_error end
  return text
end

local function admin_lines(lines)
  local status = client.status()
  local counters = status.counters
  lines[#lines + 1] = "Asked: " .. where(status)
  lines[#lines + 1] = "Credential: " .. credential(status.auth)
  lines[#lines + 1] = ("Requests: %d, of which %d completed, %d failed, %d cancelled. Tokens: %d."):format(
    counters.requests, counters.completed, counters.failed, counters.cancelled, counters.tokens)
  local times = steptime.statistic()
  if times then
    lines[#lines + 1] = ("Time in %d steps with talks: median %s, p99 %s, longest %s."):format(times.steps,
      milliseconds(times.median), milliseconds(times.p99), milliseconds(times.max))
  end
end

function commands.status(name)
  local why = client.why_not()
  if why then return false, "Villagers cannot talk" .. (is_admin(name) and ". " .. why or " on this server yet.") end
  local lines = own_lines(name)
  if is_admin(name) then admin_lines(lines) end
  return true, table.concat(lines, "\n")
end

core.register_chatcommand("chatabi", {
  params = "stop [all] | status",
  description = "Makes the villager that answers you fall silent, or tells how villagers are doing",
  func = function(name, parameters)
    local what, who = parameters:match "^(%a+)%s*(%a*)$"
    if what ~= "stop" and what ~= "status" then
      return false, "It is: /chatabi stop, /chatabi stop all, or /chatabi status"
    end
    return commands[what](name, who)
  end,
})
