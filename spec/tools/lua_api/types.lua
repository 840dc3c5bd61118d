-- SPDX-License-Identifier: MIT
-- Reads LuaCATS files into tables: classes with fields, aliases with values, functions with parameters and returns, in
-- the order of the file. It knows what bindings/lua/types uses of LuaCATS, and refuses tags that it does not know.
local types = {}

local OPEN, CLOSE = { ["("] = true, ["{"] = true, ["<"] = true, ["["] = true },
  { [")"] = true, ["}"] = true, [">"] = true, ["]"] = true }

-- Where a type that begins at `from` ends: at the first space that is in no bracket and joins nothing.
local function type_end(text, from)
  local depth, quoted, last = 0, false, ""
  for at = from, #text do
    local char = text:sub(at, at)
    if char == '"' then quoted = not quoted end
    if not quoted then
      if OPEN[char] then depth = depth + 1 elseif CLOSE[char] then depth = depth - 1 end
      if char == " " and depth == 0 and not last:match "[:,|]" then return at - 1 end
    end
    if char ~= " " then last = char end
  end
  return #text
end

local function split_type(text)
  local stop = type_end(text, 1)
  return text:sub(1, stop), text:sub(stop + 2)
end

-- ---- tags ----

local TAGS = {}

function TAGS.class(state, rest)
  local name, parent = rest:match "^([%w_.]+):?%s*([%w_.]*)"
  state.item = { kind = "class", name = name, parent = parent ~= "" and parent or nil, fields = {}, overloads = {} }
end

function TAGS.field(state, rest)
  local name, mark, after = rest:match "^(%[.-%])(%??)%s+(.*)"
  if not name or name == "[string]" then
    name, mark, after = rest:match "^(%[?[%w_]+%]?)(%??)%s+(.*)"
  elseif name:match '^%["' then
    name = name:match '"(.-)"'
  end
  local kind, text = split_type(after)
  local description = table.concat(state.text, " ")
  if text ~= "" then description = text end
  state.text = {}
  table.insert(state.item.fields, { name = name, optional = mark == "?", type = kind, description = description })
end

function TAGS.alias(state, rest)
  local name, kind = rest:match "^([%w_.]+)%s*(.*)"
  state.item = { kind = "alias", name = name, type = kind ~= "" and kind or nil, values = {} }
end

function TAGS.param(state, rest)
  local name, mark, after = rest:match "^([%w_.]+)(%??)%s+(.*)"
  local kind, description = split_type(after)
  table.insert(state.parameters, { name = name, optional = mark == "?", type = kind, description = description })
end

function TAGS.ret(state, rest)
  local kind, after = split_type(rest)
  local name, description = after:match "^([%w_.]+)%s*(.*)"
  table.insert(state.returns, { type = kind, name = name, description = description or "" })
end
TAGS["return"] = TAGS.ret

function TAGS.overload(state, rest)
  if state.item then table.insert(state.item.overloads, rest) end
end

function TAGS.generic() end
function TAGS.meta() end
function TAGS.nodiscard(state) state.nodiscard = true end
function TAGS.async(state) state.async = true end

-- ---- lines ----

local function fresh(state)
  state.text, state.description, state.item = {}, nil, nil
  state.parameters, state.returns, state.nodiscard, state.async = {}, {}, nil, nil
end

local function tag_line(state, tag, rest, place)
  local action = TAGS[tag]
  if not action then error(("%s: nobody reads the tag @%s"):format(place, tag)) end
  if tag == "field" and not state.item then error(place .. ": a field behind an empty line belongs to no class") end
  if not state.description then state.description, state.text = state.text, {} end
  action(state, rest)
end

local function value_line(state, line)
  assert(state.item, "a value behind an empty line belongs to no alias")
  local value, description = line:match "^%-%-%-|%s*(%S+)%s*#%s*(.*)"
  table.insert(state.item.values, { value = value, description = description })
end

local function end_item(state)
  if state.item then
    state.item.description = state.description
    table.insert(state.items, state.item)
    if state.item.kind == "class" then state.class = state.item.name end
  end
end

local function function_line(state, line, number)
  local owner, separator, name, arguments = line:match "^function ([%w_]+)([.:])([%w_]+)%((.-)%) end"
  if not owner then error(("%s:%d: a function that cannot be read"):format(state.path, number)) end
  local names = {}
  for argument in arguments:gmatch "[%w_.]+" do names[#names + 1] = argument end
  table.insert(state.items, {
    kind = "function", class = state.classes[owner], method = separator == ":", name = name, arguments = names,
    parameters = state.parameters, returns = state.returns, nodiscard = state.nodiscard, async = state.async,
    description = state.description or state.text, place = ("%s:%d"):format(state.path, number),
  })
end

local function read_line(state, line, number)
  local tag, rest = line:match "^%-%-%-@(%w+)%s*(.*)"
  if tag then return tag_line(state, tag, rest, ("%s:%d"):format(state.path, number)) end
  if line:match "^%-%-%-|" then return value_line(state, line) end
  local text = line:match "^%-%-%- ?(.*)"
  if text then table.insert(state.text, text) return end
  end_item(state)
  local owner = line:match "^local ([%w_]+) = {}"
  if owner then state.classes[owner] = state.class end
  if line:match "^function " then function_line(state, line, number) end
  fresh(state)
end

-- The items of one file.
function types.read(path)
  local state = { path = path, items = {}, classes = {} }
  fresh(state)
  local number = 0
  for line in io.lines(path) do
    number = number + 1
    read_line(state, line, number)
  end
  read_line(state, "", number)
  return state.items
end

-- ---- all of it ----

types.ROOT = "bindings/lua/types/"
types.FILES = { "chatabi.lua", "chatabi/client.lua", "chatabi/options.lua", "chatabi/status.lua", "chatabi/body.lua",
  "chatabi/stream.lua", "chatabi/answer.lua", "chatabi/structured.lua", "chatabi/conversation.lua", "chatabi/turn.lua",
  "chatabi/tools.lua", "chatabi/error.lua", "chatabi/media.lua", "chatabi/splitter.lua", "chatabi/loop.lua" }

-- file -> its items
function types.all()
  local all = {}
  for _, name in ipairs(types.FILES) do all[name] = types.read(types.ROOT .. name) end
  return all
end

return types
