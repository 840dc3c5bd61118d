-- SPDX-License-Identifier: MIT
-- Files of conversations. They hold what was said, so they are made for the user alone, and replaced as a whole.
local errors = require "chatabi.error"

local files = {}

local function failure(path, why)
  if not why:find(path, 1, true) then why = path .. ": " .. why end
  return nil, errors.new("ARG", why)
end

function files.exists(path)
  local file, _, number = io.open(path, "rb")
  if file then file:close() end
  return file ~= nil or number ~= 2 -- ENOENT
end

function files.read(path)
  local file, why = io.open(path, "rb")
  if not file then return failure(path, why) end
  local text, reason = file:read "*a"
  file:close()
  if not text then return failure(path, reason) end
  return text
end

function files.quote(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- Lua cannot say who may read a file that it makes. A shell can; -C refuses a file that is already there.
local function make(path)
  os.remove(path)
  if not os.execute() then return true end
  local status = os.execute("{ umask 077; set -C; : >" .. files.quote(path) .. "; } 2>/dev/null")
  return status == true or status == 0
end

-- Asks now what files.write would find out when the answer was paid for.
function files.check(path)
  local fresh = path .. ".new"
  if not make(fresh) then return failure(path, "its directory cannot be written to") end
  os.remove(fresh)
  return true
end

function files.write(path, text)
  local fresh = path .. ".new"
  if not make(fresh) then return failure(path, "its directory cannot be written to") end
  local file, why = io.open(fresh, "wb")
  if not file then return failure(path, why) end
  local good, reason = file:write(text)
  local closed, reason_of_close = file:close()
  if not good or not closed then
    os.remove(fresh)
    return failure(path, reason or reason_of_close)
  end
  local moved, reason_of_move = os.rename(fresh, path)
  if not moved then return failure(path, reason_of_move) end
  return true
end

return files
