-- SPDX-License-Identifier: MIT
-- Types in words: what LuaCATS writes as `chatabi.Part[]|string` is "list of Part, or string" on a page, with links to
-- where the page says what it is.
local words = {}

local places = {} -- name of a type -> anchor

function words.place(name, anchor) places[name] = anchor end

-- The parts of a type that `|` separates outside of brackets.
local function alternatives(text)
  if text:match "^fun%(" then return { text } end -- what follows is what it returns
  local parts, depth, from = {}, 0, 1
  for at = 1, #text do
    local char = text:sub(at, at)
    if char:match "[({<]" then depth = depth + 1 elseif char:match "[)}>]" then depth = depth - 1 end
    if char == "|" and depth == 0 then
      parts[#parts + 1] = text:sub(from, at - 1)
      from = at + 1
    end
  end
  parts[#parts + 1] = text:sub(from)
  return parts
end

local function one(text)
  local element = text:match "^(.+)%[%]$"
  if element then return "list of " .. words.of(element:match "^%((.*)%)$" or element) end
  if text:match "^fun%(" or text:match "^{" then return "`" .. text:gsub("chatabi%.(%u)", "%1") .. "`" end
  if text == "T" or text:match "^table" then return "table" end
  if text == "lightuserdata" then return "`chatabi.null`" end
  if text:match '^".*"$' then return "`" .. text .. "`" end
  local place = places[text]
  if place then return ("[%s](%s)"):format(text:gsub("^chatabi%.", ""), place) end
  return text
end

function words.of(text, optional)
  local maybe = not text:match "^fun%(" and text:match "^([^|]+)%?$"
  local parts = alternatives(maybe or text)
  for at, part in ipairs(parts) do parts[at] = one(part) end
  local joined = table.concat(parts, parts[3] and ", " or " or ")
  if optional then return joined .. ", optional" end
  return maybe and joined .. " or nil" or joined
end

return words
