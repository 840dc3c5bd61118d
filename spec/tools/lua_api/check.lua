-- SPDX-License-Identifier: MIT
-- Do the types in bindings/lua/types tell the truth? Compares them with the module as it runs, with the tables that the
-- library has, and with themselves. From the root, by spec/house.sh: check.lua
package.path = "spec/tools/?.lua;" .. package.path
local types = require "lua_api.types"

local report = { problems = {} }

function report.problem(text, ...)
  report.problems[#report.problems + 1] = select("#", ...) > 0 and text:format(...) or text
end

-- Something that the types name: `there` says whether the module has it.
function report.wanted(name, there)
  if not there then report.problem("%s is documented, and does not exist", name) end
end

-- The two lists of names have to be the same.
function report.same(what, documented, real)
  for name in pairs(real) do
    if not documented[name] then report.problem("%s: %s is not documented", what, name) end
  end
  for name in pairs(documented) do
    if not real[name] then report.problem("%s: %s is documented, and does not exist", what, name) end
  end
end

-- ---- the types, by name ----

local known = { classes = {}, aliases = {}, functions = {}, all = types.all() }

local function add_class(item)
  local class = known.classes[item.name] or { fields = {}, functions = {} }
  known.classes[item.name] = class
  class.parent = class.parent or item.parent
  for _, field in ipairs(item.fields) do class.fields[field.name] = field end
end

for _, file in ipairs(types.FILES) do
  for _, item in ipairs(known.all[file]) do
    if item.kind == "class" then add_class(item) end
    if item.kind == "alias" then known.aliases[item.name] = item end
    if item.kind == "function" then known.classes[item.class].functions[item.name] = item end
  end
end

require("lua_api.check_text")(known, report)
require("lua_api.check_tables")(known, report)
require("lua_api.check_module")(known, report)

for _, problem in ipairs(report.problems) do print(problem) end
print(("%d problems"):format(#report.problems))
os.exit(#report.problems == 0)
