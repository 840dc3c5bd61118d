-- SPDX-License-Identifier: MIT
-- The tools of a conversation that have names: what the model is told of them, and what becomes of a call. Whatever
-- goes wrong with a call is told to the model, which may try again.
local json = require "chatabi.json"
local likeness = require "chatabi.talk.likeness"
local schemas = require "chatabi.schema.schema"
local validator = require "chatabi.schema.validator"

local toolbox = {}
local Toolbox = {}
Toolbox.__index = Toolbox

-- ---- what a tool gives, as text for the model ----

local function failure(why)
  local good, text = pcall(json.encode, { error = why })
  return good and text or json.encode { error = "the tool failed, and why cannot be written as JSON" }
end

-- What a tool raised, without the place in the program: that is nothing to the model.
local function sentence(err)
  if type(err) ~= "string" then return tostring(err) end
  local text, found = err:gsub('^%[string ".-"%]:%d+: ', "", 1)
  if found == 0 then text = err:gsub("^[^\n]-:%d+: ", "", 1) end
  return text
end

local function describe(err)
  local meta = getmetatable(err)
  local speaks = type(err) ~= "table" or (type(meta) == "table" and meta.__tostring)
  return speaks and sentence(err) or err
end

-- `err` is what a tool raised: anything, even what raises when it is made a text.
function toolbox.error_content(err)
  if err == nil then return failure "the tool failed and did not say why" end
  local good, why = pcall(describe, err)
  return failure(good and why or "the tool failed, and what it raised cannot be written")
end

-- `result` and `message` are what a tool returned.
function toolbox.content(result, message)
  if not result and message ~= nil then return toolbox.error_content(message) end
  if result == nil then return "done" end
  local good, text = pcall(json.encode, result)
  if not good then return failure("the result of the tool cannot be sent (" .. tostring(text) .. ")") end
  return type(result) == "string" and result or text
end

-- ---- what the model asks for ----

local function described(problems)
  local lines = {}
  for at, problem in ipairs(problems) do
    lines[at] = problem.path ~= "" and problem.path .. ": " .. problem.message or problem.message
  end
  return table.concat(lines, "; ")
end

-- The arguments; or nil, what is wrong with them, and whether they are no JSON at all.
local function read_arguments(text, schema)
  if not text:match "%S" then text = "{}" end
  local value, why = json.decode(text)
  if why then return nil, "The arguments are not JSON: " .. why, true end
  if not text:match "^%s*{" then return nil, "The arguments have to be a JSON object." end
  local plain = validator.without_nulls(value)
  if not schema then return plain end
  local good, problems = validator.check(schema, value)
  -- a null that the schema does not allow stands for nothing
  if not good and validator.check(schema, plain) then good = true end
  if not good then return nil, "The arguments do not match: " .. described(problems) end
  return plain
end

function Toolbox:_names()
  local names = {}
  for name in pairs(self.tools) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function function_of(tool_call) return json.table_or_empty(json.table_or_empty(tool_call)["function"]) end

-- The tool of a call, or nil.
function Toolbox:tool_of(tool_call) return self.tools[json.present(function_of(tool_call).name) or ""] end

-- A call of the model: { tool_call, call = what a tool is given, tool }, with `content` when it cannot be run, and
-- `is_cut` when an answer that was cut off may have been so in its arguments: they are no JSON, or there is none of
-- them, which also is what the library makes of a call that ends behind its name.
function Toolbox:prepare(tool_call)
  local called = function_of(tool_call)
  local text = json.present(called.arguments) or ""
  if type(text) ~= "string" then text = json.encode(text) end
  local call = { id = json.present(tool_call.id), name = json.present(called.name), json = text }
  local entry = { tool_call = tool_call, call = call, tool = self:tool_of(tool_call) }
  local why
  call.arguments, why, entry.is_cut = read_arguments(text, self.schemas[call.name or ""])
  if not entry.tool then
    local names = table.concat(self:_names(), ", ")
    why = ("There is no tool '%s'. There are: %s"):format(tostring(call.name), names)
  end
  if why then entry.content = failure(why) end
  if next(call.arguments or {}) == nil and self.sent[call.name or ""] then entry.is_cut = true end
  return entry
end

-- Who has to allow a call of this tool; nil: nobody.
function Toolbox:approver(tool)
  if type(tool.approve) == "function" then return tool.approve end
  if tool.approve ~= false then return self.approve end
  return nil
end

function toolbox.denial(reason)
  local good, why = pcall(sentence, reason)
  if reason == nil or not good then return failure "The user did not allow this call." end
  return failure("The user did not allow this call: " .. why)
end

-- ---- making one ----

local function check_tool(name, tool, approve)
  if type(name) ~= "string" then return "tools have names" end
  if type(tool) ~= "table" then return ("tool '%s' has to be a table, not a %s"):format(name, type(tool)) end
  if tool.run ~= nil and type(tool.run) ~= "function" then return ("'run' of tool '%s' is no function"):format(name) end
  local kind = type(tool.approve)
  if kind ~= "nil" and kind ~= "boolean" and kind ~= "function" then
    return ("'approve' of tool '%s' has to be a boolean or a function"):format(name)
  end
  if tool.approve == true and not approve then
    return ("tool '%s' wants to be approved, but nobody does: set 'approve' of the conversation"):format(name)
  end
end

function Toolbox:_add(name, tool)
  self.tools[name] = tool
  if tool.parameters == nil then return nil end
  local place = ("tool '%s', parameters"):format(name)
  local good, sent, is_plain, checked = pcall(schemas.from, tool.parameters, place)
  if not good then return sent end
  if tool.strict and is_plain then sent, checked = schemas.made_strict(sent) end
  self.sent[name], self.schemas[name] = sent, checked
end

-- ---- is it still that of its tools? ----

local FIELDS = { "description", "run", "approve", "strict" }

-- Of what a tool may hold besides, nothing is looked at.
local function seen_of(tool)
  local seen = { tool = tool, parameters = likeness.copy(tool.parameters) }
  for _, field in ipairs(FIELDS) do seen[field] = tool[field] end
  return seen
end

local function is_as_seen(tool, seen)
  if seen == nil or not rawequal(tool, seen.tool) then return false end
  for _, field in ipairs(FIELDS) do
    if tool[field] ~= seen[field] then return false end
  end
  return likeness.same(tool.parameters, seen.parameters)
end

-- Would a new toolbox be like this one? To make one takes a hundred times as long, and a game asks within a frame.
function Toolbox:fits(tools, approve)
  if type(tools) ~= "table" or approve ~= self.approve then return false end
  local count = 0
  for name, tool in pairs(tools) do
    if not is_as_seen(tool, self.seen[name]) then return false end
    count = count + 1
  end
  return count == self.count
end

-- ---- the whole of it ----

function toolbox.is_list(tools) return type(tools) == "table" and tools[1] ~= nil end

-- A toolbox; or nil when there is no tool, or a list in OpenAI's form, which is the caller's business; or nil and why
-- the tools are no tools.
function toolbox.new(tools, approve)
  if tools == nil or toolbox.is_list(tools) then return nil end
  if type(tools) ~= "table" then return nil, "a table of tools is expected, not a " .. type(tools) end
  if next(tools) == nil then return nil end
  local self = setmetatable({ tools = {}, sent = {}, schemas = {}, seen = {}, approve = approve, count = 0 }, Toolbox)
  for name, tool in pairs(tools) do
    local why = check_tool(name, tool, approve)
    if why then return nil, why end
    why = self:_add(name, tool)
    if why then return nil, why end
    self.count = self.count + 1
  end
  local list = {}
  for at, name in ipairs(self:_names()) do
    local tool = self.tools[name]
    local wire = { name = name, description = tool.description, parameters = self.sent[name], strict = tool.strict }
    list[at] = { type = "function", ["function"] = wire }
  end
  local good, text = pcall(json.encode, list)
  if not good then return nil, text end
  self.wire, self.size = json.raw(text), #text
  for name, tool in pairs(self.tools) do self.seen[name] = seen_of(tool) end
  return self
end

-- The name of a tool that somebody else has to answer for, or nil.
function Toolbox:without_run()
  for _, name in ipairs(self:_names()) do
    if not self.tools[name].run then return name end
  end
end

return toolbox
