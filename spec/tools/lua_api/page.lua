-- SPDX-License-Identifier: MIT
-- Prints bindings/lua/API.md out of bindings/lua/types: lua spec/tools/lua_api/page.lua >bindings/lua/API.md
package.path = "spec/tools/?.lua;" .. package.path
local types = require "lua_api.types"
local words = require "lua_api.words"

local HEAD = [[
# chatabi for Lua

Made from `bindings/lua/types` by `spec/tools/lua_api/page.lua`; do not edit.

How to install it, and a first program: [README.md](../../README.md). Programs to read: [examples](../../examples).
]]

-- The sections in the order of the page: title, what the contents say, files, how a value of the class is called.
local SECTIONS = {
  { "The module", "what `require \"chatabi\"` gives", { "chatabi.lua" } },
  { "Clients", "configuration, credentials, and everything that is asked through them",
    { "chatabi/client.lua", "chatabi/status.lua" } },
  { "Bodies and messages", "what is sent", { "chatabi/body.lua" } },
  { "Streams", "one request, and its answer piece by piece", { "chatabi/stream.lua" } },
  { "Answers", "what comes of a request", { "chatabi/answer.lua" } },
  { "Structured output", "an answer that is a checked Lua value", { "chatabi/structured.lua" } },
  { "Conversations", "history, and what is sent of it", { "chatabi/conversation.lua" } },
  { "Turns", "a conversation's answer piece by piece", { "chatabi/turn.lua" } },
  { "Tools", "what a model may call", { "chatabi/tools.lua" } },
  { "Errors", "what functions return after nil", { "chatabi/error.lua" } },
  { "Media", "images, sounds and files", { "chatabi/media.lua" } },
  { "Sentences", "for speech and subtitles", { "chatabi/splitter.lua" } },
  { "Event loops", "waiting in coroutines: cqueues, Copas, luv, Neovim, or no loop at all", { "chatabi/loop.lua" } },
  { "Editors", "completion and checks while you write", {} },
}

-- What the words before a method are on the page.
local CALLED = {
  ["chatabi"] = "chatabi", ["chatabi.loop"] = "chatabi.loop", ["chatabi.Client"] = "client",
  ["chatabi.Stream"] = "stream", ["chatabi.Conversation"] = "talk", ["chatabi.Turn"] = "turn",
  ["chatabi.Splitter"] = "splitter",
}

local all = types.all()
local lines = {}
local function put(...)
  for at = 1, select("#", ...) do lines[#lines + 1] = (select(at, ...)) end
end

local function blank()
  if lines[#lines] ~= "" then put "" end
end

-- GitHub's way of making an anchor of a heading.
local function anchor(heading)
  local text = heading:lower():gsub("[^%w%s_-]", ""):gsub("%s", "-")
  return "#" .. text
end

local function put_text(text)
  for _, line in ipairs(text or {}) do put(line) end
end

local function first_sentence(text)
  local whole = {}
  for _, line in ipairs(text) do
    if line == "" or line:match "^```" then break end
    whole[#whole + 1] = line
  end
  local joined = table.concat(whole, " ")
  return joined:match "^(.-[.?:])%s+[%u`]" or joined
end

-- ---- functions ----

local function signature(item)
  local arguments, open = {}, 0
  for at, name in ipairs(item.arguments) do
    local parameter = item.parameters[at] or {}
    local comma = at > 1 and ", " or ""
    if parameter.optional then
      arguments[at] = (at > 1 and " [" or "[") .. comma .. name
      open = open + 1
    else
      arguments[at] = comma .. name
    end
  end
  local owner = assert(CALLED[item.class], item.place)
  local list = table.concat(arguments) .. ("]"):rep(open)
  return ("%s%s%s(%s)"):format(owner, item.method and ":" or ".", item.name, list)
end

local function put_rows(rows)
  if #rows == 0 then return end
  blank()
  put("| field | | |", "| --- | --- | --- |")
  for _, row in ipairs(rows) do
    put(("| %s | %s | %s |"):format(row[1], (row[2]:gsub("|", "\\|")), (row[3]:gsub("|", "\\|"))))
  end
end

local function put_list(values)
  blank()
  for _, value in ipairs(values) do
    if value.name then
      put(("- `%s` (%s): %s"):format(value.name, words.of(value.type, value.optional), value.description))
    end
  end
end

local function put_function(item)
  blank()
  put("### " .. signature(item), "")
  put_text(item.description)
  put_list(item.parameters)
  if #item.returns == 0 then return put("", "Returns nothing.") end
  put("", "Returns")
  put_list(item.returns)
  if item.async then put("", "Waits; in a coroutine by way of a [`yield`](#event-loops).") end
end

-- ---- classes and aliases ----

local function library_options()
  local names = {}
  for _, item in ipairs(all["chatabi/options.lua"]) do
    for _, field in ipairs(item.fields) do names[#names + 1] = "`" .. field.name .. "`" end
  end
  return { "`...`", "", "All of [core/OPTIONS.md](../../core/OPTIONS.md): " .. table.concat(names, " ") }
end

local function put_fields(item)
  local rows = {}
  for at, field in ipairs(item.fields) do
    local name = field.name == "[string]" and "..." or field.name
    rows[at] = { "`" .. name .. "`", words.of(field.type, field.optional), field.description }
  end
  if item.name == "chatabi.Options" then rows[#rows + 1] = library_options() end
  put_rows(rows)
end

local function put_values(item)
  if #item.values == 0 then return end
  blank()
  put("| value | |", "| --- | --- |")
  for _, value in ipairs(item.values) do
    put(("| %s | %s |"):format(words.of(value.value), value.description))
  end
end

local function put_body(item)
  put_text(item.description)
  if item.parent then put("", ("Has all that %s has."):format(words.of(item.parent))) end
  if item.kind == "alias" and item.type then put("", ("In short: `%s`."):format(item.type:gsub("chatabi%.", ""))) end
  if item.kind == "alias" then put_values(item) else put_fields(item) end
end

local function put_type(item)
  blank()
  put("### " .. item.name, "")
  put_body(item)
end

-- ---- the page ----

local function put_summary(functions)
  if #functions == 0 then return end
  blank()
  put("| function | |", "| --- | --- |")
  for _, item in ipairs(functions) do
    local heading = signature(item)
    put(("| [%s](%s) | %s |"):format(heading:gsub("[%[%]]", "\\%0"), anchor(heading), first_sentence(item.description)))
  end
end

-- The class of the section's functions introduces it; without functions the first type does.
local function introduction(items)
  local class
  for _, item in ipairs(items) do
    if item.kind == "function" then class = item.class break end
  end
  for _, item in ipairs(items) do
    if not class or item.name == class and item.kind == "class" then return item end
  end
end

local function items_of(files)
  local items = {}
  for _, file in ipairs(files) do
    for _, item in ipairs(all[file]) do items[#items + 1] = item end
  end
  return items
end

local function put_section(section)
  local items, functions = items_of(section[3]), {}
  blank()
  put("## " .. section[1], "")
  local intro = introduction(items)
  if intro then put_body(intro) end
  for _, item in ipairs(items) do
    if item.kind == "function" then functions[#functions + 1] = item end
  end
  put_summary(functions)
  for _, item in ipairs(functions) do put_function(item) end
  for _, item in ipairs(items) do
    if item.kind ~= "function" and item ~= intro then put_type(item) end
  end
end

-- Where the page says what a type is.
local function learn_places()
  for _, section in ipairs(SECTIONS) do
    local items = items_of(section[3])
    local intro = introduction(items)
    for _, item in ipairs(items) do
      if item.kind ~= "function" then
        words.place(item.name, anchor(item == intro and section[1] or item.name))
      end
    end
  end
end

learn_places()
put_text { (HEAD:gsub("\n$", "")) }
blank()
for _, section in ipairs(SECTIONS) do put(("- [%s](%s): %s"):format(section[1], anchor(section[1]), section[2])) end
for _, section in ipairs(SECTIONS) do put_section(section) end
for line in io.lines(types.ROOT .. "README.md") do put(line) end
print((table.concat(lines, "\n"):gsub("\n\n\n+", "\n\n")))
