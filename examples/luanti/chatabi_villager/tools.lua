-- SPDX-License-Identifier: MIT
-- What villagers can do: tools by their name, and the life of a call. The model gets to read what a tool returns, and
-- also why it failed, and may then do something else.
local TIMEOUT_S = 30

local tools = {}

-- What a tool returns that takes longer: it then calls context.answer.
tools.LATER = setmetatable({}, { __tostring = function() return "LATER" end })

local registered = {}
local builtin = {} -- names of the tools that a villager has without naming them

local function check(name, tool)
  assert(type(name) == "string" and name:match "^[%a_][%w_]*$", "a tool has a name of letters, digits and underscores")
  assert(type(tool) == "table" and type(tool.run) == "function", ("tool %s: a function run is missing"):format(name))
  assert(type(tool.description) == "string", ("tool %s: a description is missing"):format(name))
  return tool
end

-- tool: description; parameters, a schema or function(kind) that gives one, or nil when the kind cannot do this;
-- run(arguments, context) -> result, or nil and why not, or LATER; timeout_s.
function tools.register(name, tool)
  assert(not registered[name], ("there is a tool %s already"):format(tostring(name)))
  registered[name] = check(name, tool)
end

function tools.register_builtin(name, tool)
  tools.register(name, tool)
  builtin[#builtin + 1] = name
end

-- ---- the tools of a kind of villager ----

-- By its name and what it is: those that it names, and its own; or else all that are built in.
function tools.resolve(wanted)
  local found = {}
  for at, name in ipairs(wanted or builtin) do
    found[name] = registered[name] or error(("tool %d: there is none with the name %s"):format(at, tostring(name)), 0)
  end
  for name, tool in pairs(wanted or {}) do
    if type(name) == "string" then found[name] = check(name, tool) end
  end
  return found
end

-- As a conversation takes them. Without a function to run: calls wait until they are answered.
function tools.of(kind)
  local list = {}
  for name, tool in pairs(kind.resolved) do
    local parameters = tool.parameters or { type = "object" }
    if type(parameters) == "function" then parameters = parameters(kind) end
    if parameters then list[name] = { description = tool.description, parameters = parameters } end
  end
  return list
end

-- ---- a call ----

function tools.timeout_us(kind, name) return (kind.resolved[name].timeout_s or TIMEOUT_S) * 1e6 end

-- Without the place in the program, which is nothing to the model.
local function first_line(err) return (tostring(err):gsub("\n.*", ""):gsub("^[^\n]-:%d+: ", "")) end

-- Runs the tool that the model calls in this talk, and answers, or leaves that to the tool.
function tools.begin(talk, call, entry)
  local tool = talk.villager.kind.resolved[call.name]
  local context = {
    villager = talk.villager,
    player_name = talk.player_name,
    player = core.get_player_by_name(talk.player_name),
    answer = function(result, message) return talk:answer(call, result, message) end,
    on_cancel = function(run) entry.on_cancel = run end, -- for what takes longer
  }
  local good, result, message = xpcall(function() return tool.run(call.arguments, context) end, debug.traceback)
  if not good then
    core.log("error", ("[chatabi_villager] The tool %s failed: %s"):format(call.name, tostring(result)))
    return context.answer(nil, "The tool failed: " .. first_line(result))
  end
  if result ~= tools.LATER then context.answer(result, message) end
end

return tools
