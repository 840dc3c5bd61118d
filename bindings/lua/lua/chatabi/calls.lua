-- SPDX-License-Identifier: MIT
-- The calls of tools in one answer: they are begun and told one by one, in the model's order. A call whose tool has no
-- `run` waits until somebody answers it.
local toolbox = require "chatabi.toolbox"
local wait = require "chatabi.wait"

local calls = {}
local Calls = {}
Calls.__index = Calls

-- ---- functions of the user ----

-- What they raise is no matter of the model; whoever owns the calls looks at `raised`.
local function call_back(self, run, ...)
  self.busy = true
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
  self.busy, self.misuse = true, false
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

local function is_same(tool_call, given)
  return type(given) == "table" and (given == tool_call or (given.id ~= nil and given.id == tool_call.id))
end

-- An answer that was given when only the chunk of the call had come.
local function take_early(self, entry)
  for _, early in ipairs(self.early) do
    if early.content and is_same(entry.tool_call, early.tool_call) then
      entry.content, early.content = early.content, nil
      return
    end
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
  take_early(self, entry)
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
  for _, entry in ipairs(self.entries) do
    local same = given == entry.call or is_same(entry.tool_call, given)
    if same and not entry.content and not entry.tool.run then return entry end
  end
end

-- The same among calls of which only the chunk has come: a list of { tool_call }.
function calls.find_early(early, box, given)
  for _, entry in ipairs(early) do
    local tool = box and box:tool_of(entry.tool_call)
    if tool and not tool.run and not entry.content and is_same(entry.tool_call, given) then return entry end
  end
end

function calls.new(box, tool_calls, early, on_tool)
  local self = { box = box, early = early, on_tool = on_tool, entries = {}, begun = 0, told = 0 }
  for at, tool_call in ipairs(tool_calls) do self.entries[at] = box:prepare(tool_call) end
  return setmetatable(self, Calls)
end

return calls
