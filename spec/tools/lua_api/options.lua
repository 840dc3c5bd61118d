-- SPDX-License-Identifier: MIT
-- Writes bindings/lua/types/chatabi/options.lua out of core/OPTIONS.md, so that editors know every option:
-- lua spec/tools/lua_api/options.lua >bindings/lua/types/chatabi/options.lua
local WIDTH = 116

local HEAD = [[
---@meta _
-- SPDX-License-Identifier: MIT
-- Types of the library's options. Made from core/OPTIONS.md; do not edit.

---@class chatabi.Options]]

local TYPES = {
  text = "string",
  number = "integer",
  ["no yes"] = "boolean",
  ["JSON object"] = "table<string, string>",
  ["JSON list"] = "(string|chatabi.Place)[]",
}

local function type_of(value)
  if TYPES[value] then return TYPES[value] end
  local names = {}
  for name in value:gmatch "%S+" do names[#names + 1] = '"' .. name .. '"' end
  assert(#names > 1, "nobody knows the type '" .. value .. "'")
  return table.concat(names, "|")
end

local function print_wrapped(text)
  local line = "---"
  for word in text:gmatch "%S+" do
    if #line + #word + 1 > WIDTH and line ~= "---" then
      print(line)
      line = "---"
    end
    line = line .. (line == "---" and "" or " ") .. word
  end
  print(line)
end

print(HEAD)
for line in io.lines "core/OPTIONS.md" do
  local name, value, default, text = line:match "^| `([%w_]+)` | (.-) | (.-) | (.*) |$"
  if name then
    text = text:gsub("%[RECORDING.md%]%(RECORDING.md%)", "core/RECORDING.md")
    if default:match "%S" then text = text .. " Default: " .. default .. "." end
    print_wrapped(text)
    print(("---@field %s? %s"):format(name, type_of(value)))
  end
end
