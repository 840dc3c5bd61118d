-- SPDX-License-Identifier: MIT
-- Compares the types with the module as it runs: functions and their parameters, and the fields of what they return
-- when the emulator answers.
local helper = require "spec.lua.helper"
local chatabi = require "chatabi"

local check = {}
local known, report

-- ---- functions ----

local function check_parameters(name, item, run)
  local info = debug.getinfo(run, "uS")
  if info.what == "C" then return end -- C functions do not tell
  local names = {}
  for at = item.method and 2 or 1, info.nparams do
    names[#names + 1] = debug.getlocal(run, at):gsub("_$", "") -- streams_ is called so beside a module `streams`
  end
  if info.isvararg and #names == 0 then return end -- passes all on to another
  if info.isvararg then names[#names + 1] = "..." end
  local real, documented = table.concat(names, ", "), table.concat(item.arguments, ", ")
  if real ~= documented then report.problem("%s(%s): documented are (%s)", name, real, documented) end
end

local function functions_of(class)
  local all = {}
  while class do
    for name, item in pairs(known.classes[class].functions) do all[name] = all[name] or item end
    class = known.classes[class].parent
  end
  return all
end

-- `methods` is the table that has the functions of `class`.
local function check_functions(class, methods)
  local documented = functions_of(class)
  for name, run in pairs(methods) do
    local item = documented[name]
    if type(run) == "function" and not tostring(name):match "^_" then
      if item then check_parameters(class .. "." .. name, item, run)
      else report.problem("%s.%s is not documented", class, name) end
    end
  end
  for name in pairs(documented) do report.wanted(class .. "." .. name, methods[name] ~= nil) end
end

local function methods_of(object)
  local index = getmetatable(object).__index
  assert(type(index) == "table", "the methods are in no table")
  return index
end

-- ---- fields ----

local LUA_TYPES = { string = "string", integer = "number", number = "number", boolean = "boolean", table = "table" }

local function field_of(class, name)
  while class do
    local field = known.classes[class].fields[name]
    if field then return field end
    class = known.classes[class].parent
  end
end

local check_fields

local function check_value(class, name, value)
  local field = field_of(class, name)
  if not field then return report.problem("%s: field %s is not documented", class, tostring(name)) end
  local inner = known.classes[field.type]
  local wanted = LUA_TYPES[field.type] or inner and (next(inner.functions) and "userdata" or "table")
  if wanted and type(value) ~= wanted then
    report.problem("%s: field %s is documented as %s, and is a %s", class, name, field.type, type(value))
  elseif wanted == "table" and inner then
    check_fields(field.type, value)
  end
end

-- Every field that is there is documented, and of the type that is documented; those that are not optional are there.
-- Names that begin with _ are nobody's business.
function check_fields(class, object)
  local fields = known.classes[class].fields
  if fields["[string]"] then return end -- any field
  for name, value in pairs(object) do
    if not tostring(name):match "^_" then check_value(class, name, value) end
  end
  for name, field in pairs(fields) do
    if not field.optional and object[name] == nil then
      report.problem("%s: field %s is documented, and not there", class, name)
    end
  end
end

local CHUNKS = { text = "TextChunk", reasoning = "ReasoningChunk", refusal = "RefusalChunk", tool = "ToolChunk",
  tool_result = "ToolResultChunk", other = "OtherChunk" }

local function check_chunks(stream)
  for chunk in stream do
    local class = CHUNKS[chunk.type]
    if class then check_fields("chatabi." .. class, chunk)
    else report.problem("chunks of type %s are not documented", chunk.type) end
  end
end

-- ---- what there is ----

local FAULTS = { "429=1", "500", "status=404", "cut=2", "google_error=403", "html=502", "stall=1" }

function check.errors(client)
  for _, fault in ipairs(FAULTS) do
    local options = helper.fault(fault)
    options.idle_timeout_ms = 50
    local stream = client:stream("Hello", options)
    local _, err = stream:wait()
    assert(err, fault)
    check_fields("chatabi.Error", err)
  end
  local lost = assert(chatabi.new { auth = { "file", "/nowhere.json" }, project = "none", model = "none" })
  check_fields("chatabi.Error", (select(2, lost:chat "Hello")))
  check_fields("chatabi.AuthError", (select(2, lost:chat "Hello")).auth)
  lost:close()
end

function check.answers(client)
  for _, prompt in ipairs { "Hello", "refuse" } do
    local answer = assert(client:chat(prompt))
    check_fields("chatabi.Answer", answer)
    check_fields("chatabi.Info", answer.info)
  end
  local stream = client:stream(helper.with_tool "twice")
  check_chunks(stream)
  check_fields("chatabi.Answer", assert(stream:result()))
  check_chunks((client:stream { model = "dialect:deepseek", messages = { { role = "user", content = "Hello" } } }))
  check_chunks((client:stream "refuse"))
  check_fields("chatabi.Status", assert(client:status()))
end

function check.requests(client)
  local options = { schema = { city = "string" } }
  local answer = assert(client:chat("Hello", options))
  assert(answer.parsed, "there is no field parsed")
  check_fields("chatabi.Answer", answer)
  check_fields("chatabi.Error", (select(2, client:chat("refuse", options))))
  check_fields("chatabi.Embeddings", assert(client:embeddings "Hello"))
  check_functions("chatabi.Splitter", methods_of(chatabi.splitter()))
end

function check.conversation(client)
  local calls = {}
  local talk = client:conversation {
    tool_choice = "required",
    tools = { get_weather = { parameters = { city = "string?" }, run = function() return "sunny" end } },
    on_tool = function(call) calls[#calls + 1] = call end,
  }
  check_functions("chatabi.Conversation", methods_of(talk))
  check_functions("chatabi.Turn", methods_of((talk:stream "Hello")))
  check_chunks((talk:stream "Use the tool."))
  assert(calls[1], "no tool was called")
  check_fields("chatabi.Error", (select(2, talk:send("Hello", helper.fault "500"))))
  for _, call in ipairs(calls) do check_fields("chatabi.Call", call) end
  check_fields("chatabi.Conversation", talk)
end

function check.functions(client)
  check_functions("chatabi", chatabi)
  for name in pairs(known.classes.chatabi.fields) do report.wanted("chatabi." .. name, chatabi[name] ~= nil) end
  for name, value in pairs(chatabi) do
    if type(value) ~= "function" and not field_of("chatabi", name) then
      report.problem("chatabi.%s is not documented", name)
    end
  end
  check_functions("chatabi.loop", chatabi.loop or {})
  check_functions("chatabi.Client", methods_of(client))
  check_functions("chatabi.Stream", methods_of((client:stream "Hello")))
end

return function(the_types, the_report)
  known, report = the_types, the_report
  helper.start()
  local client = helper.client()
  local good, why = xpcall(function()
    check.functions(client)
    check.answers(client)
    check.errors(client)
    check.requests(client)
    check.conversation(client)
  end, debug.traceback)
  helper.stop()
  if not good then report.problem(why) end
end
