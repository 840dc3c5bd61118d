-- SPDX-License-Identifier: MIT
-- What each player has used: messages in the last minute, tokens of the day. Tokens are kept in the mod's storage, so
-- that leaving or a new start of the server is no way around the limit.
local use = ...
local options = use "options"

local MINUTE_US = 60 * 1000 * 1000
local BYTES_A_TOKEN = 4

local ledger = {}

local storage = core.get_mod_storage()
local messages = {} -- name -> times of messages, the oldest first

local function today() return os.date "!%Y-%m-%d" end

local function key(name) return "used:" .. name end

-- Kept as "DAY TOKENS".
function ledger.used(name)
  local day, tokens = storage:get_string(key(name)):match "^(%S+) (%d+)$"
  return day == today() and tonumber(tokens) or 0
end

function ledger.limit() return options.number("player_tokens_per_day", 20000) end

function ledger.spend(name, tokens)
  if tokens > 0 then storage:set_string(key(name), ("%s %d"):format(today(), ledger.used(name) + tokens)) end
end

-- What a server that does not tell, or was not let finish, will have counted, about.
function ledger.estimate(bytes) return math.ceil(bytes / BYTES_A_TOKEN) end

local function recent(name)
  local list, now = messages[name] or {}, core.get_us_time()
  while list[1] and now - list[1] > MINUTE_US do table.remove(list, 1) end
  messages[name] = list
  return list
end

-- Counts a message of the player's; nil and a sentence when it is too much.
function ledger.take(name)
  local limit, per_minute = ledger.limit(), options.number("player_messages_per_minute", 6)
  if limit > 0 and ledger.used(name) >= limit then
    return nil, "You have talked a lot today. The villagers will talk to you again tomorrow."
  end
  local list = recent(name)
  if per_minute > 0 and #list >= per_minute then return nil, "Not so fast: wait a moment before you go on." end
  list[#list + 1] = core.get_us_time()
  return true
end

function ledger.forget(name) messages[name] = nil end

return ledger
