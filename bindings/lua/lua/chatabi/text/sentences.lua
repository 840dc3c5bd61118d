-- SPDX-License-Identifier: MIT
-- Cuts text that arrives in pieces into sentences, each given as soon as it is certain: at the white space behind its
-- mark. Only where a sentence may go on behind such a place (a quote, an ellipsis, "etc.") the next character decides.
-- Headings and items of lists end with their line, a block of code is one piece.
--
-- It is a machine that takes one character at a time and never looks back, so how the text was cut makes no difference
-- and long texts take linear time. Nothing but white space between the sentences is lost.
local words = require "chatabi.text.words"

local sentences = {}

local Splitter = {}
Splitter.__index = Splitter

-- Longer than any abbreviation. What is longer is no abbreviation, and its beginning does not matter.
local LONGEST_WORD = 24

-- Not by a pattern for white space at the end: it would be tried at each white space of a long run inside.
local function trim(text)
  local first = text:find "[^ \t\r\n\v\f]"
  return first and text:match("^.*[^ \t\r\n\v\f]", first) or ""
end

-- ---- the sentence so far ----

local function append(self, text) self.parts[#self.parts + 1] = text end

local function give(self)
  local text = trim(table.concat(self.parts))
  if text ~= "" then self.ready[#self.ready + 1] = text end
  self.parts, self.held = {}, {}
  self.word, self.before = "", ""
end

local function hold(self, text) self.held[#self.held + 1] = text end

local function keep_held(self)
  for _, text in ipairs(self.held) do append(self, text) end
  self.held = {}
end

local function add_to_word(self, text) self.word = (self.word .. text):sub(-LONGEST_WORD) end

local function end_word(self)
  if self.word ~= "" then self.before, self.word = self.word, "" end
end

-- ---- phases: each takes a character ----

local phases = {}

local function enter(self, phase, char)
  self.phase = phase
  if char then phases[phase](self, char) end
end

local function begin_line(self)
  self.is_item, self.head = false, ""
  self.phase = "line"
end

-- Inside a line.
function phases.text(self, char)
  if char == "\n" then
    end_word(self)
    if self.is_item then give(self) else hold(self, char) end
    return begin_line(self)
  end
  if words.is_space(char) then
    end_word(self)
    if #self.parts > 0 then append(self, char) end
    return
  end
  append(self, char)
  if char == '"' then self.quotes = self.quotes + 1 end
  if words.is_hard_space(char) then return end_word(self) end
  if not words.is_mark(char) then return add_to_word(self, char) end
  self.run, self.is_closed, self.is_wide = char, false, words.is_wide_mark(char)
  self.phase = "marks"
end

function phases.whole_line(self, char)
  if char == "\n" then return enter(self, "text", char) end
  append(self, char)
end

local function is_closer(self, char)
  if not self.is_wide then return words.is_closer(char) end
  if char == '"' then return self.quotes % 2 == 1 end
  return words.is_wide_closer(char)
end

-- Does a sentence end at this white space? "yes", "no", or what must follow for it to go on: see words.
local function verdict(self)
  if words.is_ellipsis(self.run) then return "lower" end
  if self.run == "." then
    local told = words.ends_after(self.word, self.before)
    if told ~= "yes" then return told end
  end
  return self.is_closed and "lower" or "yes"
end

local function end_at_space(self, char)
  local told = verdict(self)
  if told == "no" then
    add_to_word(self, self.run)
    return enter(self, "text", char)
  end
  if told == "yes" or char == "\n" then
    give(self)
    return enter(self, "text", char)
  end
  self.goes_on_before = told
  hold(self, char)
  self.phase = "gap"
end

-- Behind one or more end marks.
function phases.marks(self, char)
  if words.is_mark(char) then
    append(self, char)
    if self.is_closed then
      add_to_word(self, ")")
      self.run, self.is_closed = "", false
    end
    self.run = (self.run .. char):sub(-LONGEST_WORD)
    self.is_wide = self.is_wide or words.is_wide_mark(char)
  elseif is_closer(self, char) then
    append(self, char)
    if char == '"' then self.quotes = self.quotes + 1 end
    self.is_closed = true
  elseif self.is_wide then
    give(self)
    enter(self, "text", char)
  elseif words.is_space(char) then
    end_at_space(self, char)
  elseif words.is_hard_space(char) then
    append(self, char)
    self.phase = "hard_space"
  else
    add_to_word(self, self.run)
    enter(self, "text", char)
  end
end

-- Behind a mark and a space that does not break: French puts one in front of its closing quotes.
function phases.hard_space(self, char)
  if char == "»" or char == "›" then return enter(self, "marks", char) end
  end_word(self)
  enter(self, "text", char)
end

-- Behind the white space behind a mark: the next character decides.
function phases.gap(self, char)
  if char ~= "\n" and words.is_space(char) then return hold(self, char) end
  if words.goes_on(char, self.goes_on_before) then
    keep_held(self)
    end_word(self)
  else
    give(self)
  end
  enter(self, "text", char)
end

-- ---- beginnings of lines ----

-- An item can have several sentences, a heading and a row of a table are one.
local function begin_item(self, char)
  local head = self.head
  give(self)
  append(self, head)
  self.is_item = true
  enter(self, words.is_whole_line(head) and "whole_line" or "text", char)
end

local function begin_fence(self)
  local head = self.head
  give(self)
  append(self, head)
  self.fence, self.fence_size, self.is_first_line, self.line = head:sub(1, 1), #head, true, {}
  self.phase = "fence"
end

-- It was no beginning of anything: what was held back is text.
local function begin_text(self, char)
  local head = self.head
  self.head = ""
  keep_held(self)
  self.phase = "text"
  for i = 1, #head do phases[self.phase](self, head:sub(i, i)) end
  phases[self.phase](self, char)
end

function phases.line(self, char)
  local head = self.head
  if head == "" and words.is_space(char) then
    if char == "\n" then
      self.quotes = 0
      give(self)
    elseif #self.parts > 0 then
      hold(self, char)
    end
    return
  end
  if words.is_space(char) and words.is_item_head(head, char) then return begin_item(self, char) end
  if head == "|" then return begin_item(self, char) end
  if not words.may_be_head(head .. char) then return begin_text(self, char) end
  self.head = head .. char
  if words.is_fence(self.head) then begin_fence(self) end
end

-- ---- blocks of code ----

local function end_fence_line(self)
  local line = trim(table.concat(self.line))
  if not self.is_first_line and #line >= self.fence_size and line == self.fence:rep(#line) then
    give(self)
    return begin_line(self)
  end
  self.line, self.is_first_line = {}, false
end

function phases.fence(self, char)
  append(self, char)
  if char == "\n" then return end_fence_line(self) end
  if self.is_first_line and char == self.fence and #self.line == 0 then
    self.fence_size = self.fence_size + 1
  elseif self.is_first_line and char == "`" and self.fence == "`" then
    self.phase = "text" -- "```x``` is code" is text after all
  else
    self.line[#self.line + 1] = char
  end
end

-- ---- the door ----

-- Takes the longest run of what means nothing to the phase; nil when a character must be looked at.
local function take_run(self, text, at)
  if self.phase == "text" then
    local run = text:match("^[A-Za-z0-9,;:/()'_-]+", at)
    if run then
      append(self, run)
      add_to_word(self, run)
    end
    return run
  end
  local is_code = self.phase == "fence" and not self.is_first_line
  if not is_code and self.phase ~= "whole_line" then return nil end
  local run = text:match("^[^\n]+", at)
  if run then append(self, run) end
  if run and is_code then self.line[#self.line + 1] = run end
  return run
end

local function reset(self)
  self.phase, self.ready, self.rest = "line", {}, ""
  self.parts, self.held, self.head, self.is_item = {}, {}, "", false
  self.word, self.before, self.quotes = "", "", 0
end

-- Takes more text, cut anywhere; gives the list of the sentences that it completed.
function Splitter:feed(text)
  if type(text) ~= "string" then
    error(("bad argument #1 to 'feed' (string expected, got %s)"):format(type(text)), 2)
  end
  if self.rest ~= "" then text = self.rest .. text end
  local at = 1
  while at <= #text do
    local taken = take_run(self, text, at)
    if not taken then
      taken = words.character(text, at)
      if not taken then break end
      phases[self.phase](self, taken)
    end
    at = at + #taken
  end
  self.rest = text:sub(at)
  local ready = self.ready
  self.ready = {}
  return ready
end

-- The end of the text: gives what is left, or nil. The splitter can be used for another text then.
function Splitter:finish()
  for i = 1, #self.rest do phases[self.phase](self, self.rest:sub(i, i)) end
  keep_held(self)
  append(self, self.phase == "line" and self.head or "")
  give(self)
  local last = table.concat(self.ready, " ")
  reset(self)
  return last ~= "" and last or nil
end

function sentences.splitter()
  local splitter = setmetatable({}, Splitter)
  reset(splitter)
  return splitter
end

-- An iterator over the sentences of a stream, each as soon as it is whole. Raises when the stream breaks, as the loop
-- over the stream itself does.
function sentences.of(stream)
  local splitter, ready, at, ended = sentences.splitter(), {}, 0, false
  return function()
    at = at + 1
    while ready[at] == nil and not ended do
      local chunk = stream()
      ended, at = chunk == nil, 1
      if ended then
        ready = { splitter:finish() }
      else
        ready = (chunk.choice or 0) == 0 and splitter:feed(chunk.text) or {}
      end
    end
    return ready[at]
  end
end

return sentences
