-- SPDX-License-Identifier: MIT
-- The calls of tools in one answer: they are begun and told one by one, in the model's order. A call whose tool has no
-- `run` waits until somebody answers it.
local toolbox = require "chatabi.talk.toolbox"
local wait = require "chatabi.wait"

local calls = {}
local Calls = {}
Calls.__index = Calls

-- ---- functions of the user ----

-- The coroutine that is at hand: the main one has no name in Lua 5.1.
local function here() return wait.running() or "main" end

-- What they raise is no matter of the model; whoever owns the calls looks at `raised`.
local function call_back(self, run, ...)
  self.busy = here()
  local good, first, second = wait.pcall(run, ...)
  self.busy = false
  if good then return first, second end
  self.raised = { first }
end

-- Ctrl-C in the lua program is an error like any other, but it is meant for the whole program. So is misuse.
local function is_for_caller(self, raised)
  return self.misuse or (type(raised) == "string" and raised:match "interrupted!$" ~= nil)
end

local function run(self, entry)
  self.busy, self.misuse = here(), false
  local good, result, message = wait.pcall(entry.tool.run, entry.call.arguments, entry.call)
  self.busy = false
  if good then
    entry.content = toolbox.content(result, message)
  elseif is_for_caller(self, result) then
    self.raised = { result }
  else
    entry.content = toolbox.error_content(result)
  end
end

-- ---- one after the other ----

-- The one that `given` means, among those for which `can` holds. Some servers give several calls the same id: the very
-- table goes before it.
local function find(list, given, can)
  local found
  if type(given) ~= "table" then return nil end
  for _, item in ipairs(list) do
    if given == item.tool_call or given == item.call or given == item.chunk then return can(item) and item or nil end
    if not found and given.id ~= nil and given.id == item.tool_call.id and can(item) then found = item end
  end
  return found
end

-- Each call with what came as its chunk, which may have been answered already.
local function join(entries, early)
  for _, entry in ipairs(entries) do
    local from = find(early, entry.tool_call, function(item) return not item.taken end)
    if from then from.taken, entry.early, entry.chunk = true, from, from.tool_call end
  end
end

local function begin(self, entry)
  self.begun = self.begun + 1
  if entry.content then return end
  local approve = self.box:approver(entry.tool)
  if approve then
    local allowed, reason = call_back(self, approve, entry.call)
    if not allowed then entry.content = toolbox.denial(reason) end
    if self.stopped or not allowed then return end
  end
  if entry.tool.run then return run(self, entry) end
  entry.content = entry.early and entry.early.content
end

-- The chunk of a result that is to be told next.
local function tell(self, entry)
  self.told = self.told + 1
  if self.on_tool then call_back(self, self.on_tool, entry.call, entry.content) end
  return { type = "tool_result", text = "", json = "", tool_call = entry.tool_call, result = entry.content }
end

local function can_begin(entry, untold)
  -- calls run in order, so none is run while one in front of it waits for its answer
  return entry ~= nil and (entry == untold or not (entry.tool and entry.tool.run))
end

-- The chunk of a result; false when a call waits for its answer; nil when all are told, it was stopped, or a function
-- of the user raised.
function Calls:work()
  while not self.stopped do
    local untold, unbegun = self:first_untold(), self.entries[self.begun + 1]
    if not untold then return nil end
    if untold.content then
      local chunk = tell(self, untold)
      return not self.raised and not self.stopped and chunk or nil
    end
    if not can_begin(unbegun, untold) then return false end
    begin(self, unbegun)
    if self.raised then return nil end
  end
  return nil
end

-- ---- looking ----

function Calls:first_untold() return self.entries[self.told + 1] end

-- Is there something to do without anybody's answer?
function Calls:can_work()
  local untold = self:first_untold()
  return not untold or untold.content ~= nil or can_begin(self.entries[self.begun + 1], untold)
end

-- Is it a function of the user, called by these calls, that runs now? Then what it tries is misuse, and does not count
-- as a tool's error. While it waits other coroutines may run.
function Calls:is_caller()
  if self.busy ~= here() then return false end
  self.misuse = true
  return true
end

-- The first one that is cut off, so that its arguments are no JSON.
function Calls:has_cut()
  for _, entry in ipairs(self.entries) do
    if entry.is_cut then return true end
  end
  return false
end

function Calls:pending()
  local pending = {}
  for at = 1, self.begun do
    local entry = self.entries[at]
    if not entry.content then pending[#pending + 1] = entry.call end
  end
  return pending
end

-- The results as messages, behind those in `messages`.
function Calls:add_results(messages)
  for _, entry in ipairs(self.entries) do
    messages[#messages + 1] = { role = "tool", tool_call_id = entry.call.id, content = entry.content }
  end
end

-- ---- answers from outside ----

-- The call that `given` means and that still is to be answered, or nil.
function Calls:find(given)
  return find(self.entries, given, function(entry) return not entry.content and not entry.tool.run end)
end

-- The same among calls of which only the chunk has come: a list of { tool_call }.
function calls.find_early(early, box, given)
  return find(early, given, function(entry)
    local tool = box and box:tool_of(entry.tool_call)
    return tool and not tool.run and not entry.content
  end)
end

function calls.new(box, tool_calls, early, on_tool)
  local self = { box = box, on_tool = on_tool, entries = {}, begun = 0, told = 0 }
  for at, tool_call in ipairs(tool_calls) do self.entries[at] = box:prepare(tool_call) end
  join(self.entries, early)
  return setmetatable(self, Calls)
end

return calls
