-- SPDX-License-Identifier: MIT
-- The error that functions return after nil when the world fails: a table that is one line as text.
local core = require "chatabi.half"

local errors = { codes = core.errors } -- name -> code

local Error = {}
function Error.__tostring(err) return err.name .. ": " .. err.message end
function Error.__concat(left, right) return tostring(left) .. tostring(right) end

local RENAMED = { http_status = "status" }

-- `code` is a number or a name of `codes`. A field that is JSON null is one that is not there.
function errors.new(code, message, fields)
  if type(code) == "string" then code = errors.codes[code] end
  local name, text = core.error_name(code)
  local err = {}
  for key, value in pairs(fields or {}) do
    if value ~= core.null then err[RENAMED[key] or key] = value end
  end
  err.name, err.code = name, code
  err.message = message and message ~= "" and message or text
  return setmetatable(err, Error)
end

-- Turns (nil, code, message) of the lower half into (nil, err).
function errors.outcome(good, code, message)
  if good then return good end
  return nil, errors.new(code, message)
end

return errors
