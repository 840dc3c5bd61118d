-- SPDX-License-Identifier: MIT
-- Is everything in the types described, and does every example parse?
local types = require "lua_api.types"

local load_text = loadstring or load -- luacheck: ignore

local function check_function(item, report)
  local name = item.class .. "." .. item.name
  if #item.description == 0 then report.problem("%s: %s has no description", item.place, name) end
  for at, argument in ipairs(item.arguments) do
    local parameter = item.parameters[at]
    if not parameter or parameter.name ~= argument then
      report.problem("%s: @param %s of %s is missing or in another place", item.place, argument, name)
    elseif parameter.description == "" then
      report.problem("%s: @param %s of %s has no description", item.place, argument, name)
    end
  end
  if #item.parameters > #item.arguments then report.problem("%s: %s has a @param too many", item.place, name) end
  for _, result in ipairs(item.returns) do -- a bare nil is a place holder
    if result.type ~= "nil" and (not result.name or result.description == "") then
      report.problem("%s: a @return of %s has no name or description", item.place, name)
    end
  end
end

local CHECKS = { ["function"] = check_function }

function CHECKS.class(item, report)
  for _, field in ipairs(item.fields) do
    if field.description == "" then report.problem("field %s of %s has no description", field.name, item.name) end
  end
end

function CHECKS.alias(item, report)
  if #item.description == 0 then report.problem("%s has no description", item.name) end
  for _, value in ipairs(item.values) do
    if not value.description then report.problem("a value of %s has no description", item.name) end
  end
end

-- Names of types that are used have to exist.
local function check_names(path, known, report)
  local number = 0
  for line in io.lines(path) do
    number = number + 1
    local tag = line:match "^%-%-%-@%w+ (.*)" or line:match "^%-%-%-| (chatabi.*)"
    for name in (tag or ""):gmatch "chatabi%.%u%w+" do
      if not known.classes[name] and not known.aliases[name] then
        report.problem("%s:%d: there is no type %s", path, number, name)
      end
    end
  end
end

local function check_examples(path, report)
  local code, from
  local number = 0
  for line in io.lines(path) do
    number = number + 1
    if line:match "^```lua" then
      code, from = "", number
    elseif line:match "^```" and code then
      local chunk, why = load_text(code, "=example")
      if not chunk then report.problem("%s:%d: %s", path, from, why) end
      code = nil
    elseif code then
      code = code .. line .. "\n"
    end
  end
end

-- GitHub makes anchors of headings: every link within the page has to meet one.
local function check_links(path, report)
  local anchors, links, in_code = {}, {}, false
  for line in io.lines(path) do
    if line:match "^```" then in_code = not in_code end
    local heading = not in_code and line:match "^#+ (.*)"
    if heading then anchors[heading:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")] = true end
    for link in line:gmatch "%]%(#([^)]*)%)" do links[link] = true end
  end
  for link in pairs(links) do
    if not anchors[link] then report.problem("%s: there is no heading for the link #%s", path, link) end
  end
end

return function(known, report)
  for _, file in ipairs(types.FILES) do
    for _, item in ipairs(known.all[file]) do CHECKS[item.kind](item, report) end
    check_names(types.ROOT .. file, known, report)
  end
  check_examples("bindings/lua/API.md", report)
  check_links("bindings/lua/API.md", report)
end
