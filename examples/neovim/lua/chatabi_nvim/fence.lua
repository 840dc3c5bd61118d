-- SPDX-License-Identifier: MIT
-- Fences around code, as markdown has them: put around what is sent, taken off what comes, though nobody asked for it.
local fence = {}

local function ticks_of(line) return line:match "^%s*(```+)" end

-- Lines between fences that nothing in them ends.
function fence.around(lines, language)
  local longest = 2
  for _, line in ipairs(lines) do longest = math.max(longest, #(ticks_of(line) or "")) end
  local ticks = ("`"):rep(longest + 1)
  local list = { ticks .. (language or "") }
  for _, line in ipairs(lines) do list[#list + 1] = line end
  list[#list + 1] = ticks
  return list
end

-- ---- an answer without its fence ----

local Filter = {}
Filter.__index = Filter

-- What is not white space takes along the white space before it: that at the end is never written.
local function write(self, text)
  if not self.written then text = text:gsub("^%s*\n", "") end
  local from = text:find "%S%s*$"
  if not from then
    self.space = self.space .. text
    return
  end
  self.out[#self.out + 1] = self.space .. text:sub(1, from)
  self.space = text:sub(from + 1)
  self.written = true
end

-- Is this whole line the fence that ends what the first one began? Fences inside it come in pairs.
local function closes(self, line)
  local ticks = ticks_of(line)
  if not self.size or not ticks or #ticks < self.size then return false end
  if line:find "[^`%s]" then
    self.depth = self.depth + 1
    return false
  end
  if self.depth == 0 then return true end
  self.depth = self.depth - 1
  return false
end

local function is_blank(line) return not line:find "%S" end

-- A whole line that was not begun to be written.
local function take_line(self, line)
  if self.closed then return end
  if not self.begun then
    if is_blank(line) then return end
    self.begun = true
    local ticks = self.strip and ticks_of(line)
    if ticks and not line:find("`", (line:find("`", 1, true)) + #ticks, true) then
      self.size, self.depth = #ticks, 0
      return
    end
  end
  if closes(self, line) then
    self.closed = true
  else
    write(self, line .. "\n")
  end
end

-- May the beginning of a line be written before its end is there?
local function is_clear(self, line)
  if self.closed or is_blank(line) then return false end
  return self.begun and not self.size or not line:find "^%s*`"
end

local function feed(self, piece)
  for part, ending in piece:gsub("\r", ""):gmatch "([^\n]*)(\n?)" do
    self.held = self.held .. part
    if ending ~= "" then
      if self.inside then write(self, self.held .. "\n") else take_line(self, self.held) end
      self.held, self.inside = "", false
    elseif self.inside or is_clear(self, self.held) then
      write(self, self.held)
      self.held, self.inside, self.begun = "", true, true
    end
  end
end

local function taken(self)
  local text = table.concat(self.out)
  self.out = {}
  return text
end

-- What can be written now.
function Filter:feed(piece)
  feed(self, piece)
  return taken(self)
end

-- The rest. What comes of an answer has no blank lines around it.
function Filter:finish()
  if self.held ~= "" and not self.inside then take_line(self, self.held) end
  self.held = ""
  return taken(self)
end

-- `strip`: a fence around the whole answer is taken off.
function fence.filter(strip)
  return setmetatable({ strip = strip, held = "", space = "", out = {} }, Filter)
end

function fence.is_fence(line) return ticks_of(line) ~= nil end

return fence
