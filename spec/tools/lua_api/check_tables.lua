-- SPDX-License-Identifier: MIT
-- Lists of names that the library keeps elsewhere: options, errors, states, numbers about a request.
local chatabi = require "chatabi"

local OF_LUA = {
  Options = { auth = true, yield = true },
  RequestOptions = { schema = true, schema_name = true, yield = true },
}

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local function matches(text, pattern, more)
  local names = {}
  for name in pairs(more or {}) do names[name] = true end
  for name in text:gmatch(pattern) do names[name:lower()] = true end
  assert(next(names), "the pattern finds nothing")
  return names
end

local function alias_values(alias)
  local names = {}
  for _, value in ipairs(alias.values) do names[value.value:match '"(.*)"'] = true end
  return names
end

return function(known, report)
  local header = read "core/include/chatabi.h"
  local function fields(class) return known.classes[class].fields end

  report.same("chatabi.Options", fields "chatabi.Options",
    matches(read "core/OPTIONS.md", "\n| `([%w_]+)` |", OF_LUA.Options))
  local about_send = header:match "`options` is NULL or a JSON object(.-)Never blocks"
  local in_header = matches(about_send:gsub('"POST"', ""):gsub('"GET"', ""):gsub('"DELETE"', ""), '"([%w_]+)"',
    OF_LUA.RequestOptions)
  report.same("chatabi.RequestOptions", fields "chatabi.RequestOptions", in_header)
  report.same("chatabi.ErrorName", alias_values(known.aliases["chatabi.ErrorName"]), chatabi.errors)
  report.same("chatabi.Info", fields "chatabi.Info", matches(header, "\n  CHATABI_INFO_([%w_]+)"))
  report.same("chatabi.State", alias_values(known.aliases["chatabi.State"]),
    matches(header, "\n  CHATABI_STATE_([%w_]+)", { unknown = true }))
  local about_errors = header:match "The error as a JSON object:(.-)members"
  local of_errors = matches(about_errors:gsub("http_status", "status"), '"([%w_]+)"',
    { partial = true, turn = true, refusal = true, problems = true, finish_reason = true })
  report.same("chatabi.Error", fields "chatabi.Error", of_errors)
end
