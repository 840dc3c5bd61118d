-- SPDX-License-Identifier: MIT
-- The texture of a villager, drawn here: 32 by 32 dots, in fields of 8 by 8 that models/make.lua knows.
local SIZE, FIELD = 32, 8

local DEFAULT = {
  skin = "#d9a57b", hair = "#4b3220", shirt = "#7a5c3e", apron = "#d8d0bf", trousers = "#4a4e57", boots = "#2c241e",
  hat = "#6b4d2c", eyes = "#2b3a4a", mouth = "#a5584a",
  beard = "#d9a57b",
}

local skin = {}

local function bytes_of(color)
  local red, green, blue = color:match "^#(%x%x)(%x%x)(%x%x)$"
  assert(red, "a colour of a villager's look is of the form #rrggbb, not " .. tostring(color))
  return { tonumber(red, 16), tonumber(green, 16), tonumber(blue, 16) }
end

-- A little lighter or darker from dot to dot, always the same.
local function shaded(color, x, y)
  local shade = 0.9 + ((x * 7 + y * 13 + x * y * 3) % 11) / 55
  local function part(value) return string.char(math.min(255, math.floor(value * shade))) end
  return part(color[1]) .. part(color[2]) .. part(color[3]) .. "\255"
end

-- Which colour a dot of the face has.
local function face(x, y)
  if y <= 1 then return "hair" end
  if (x == 0 or x == 7) and y <= 4 then return "hair" end
  if y == 3 and (x == 2 or x == 5) then return "eyes" end
  if y == 6 and (x == 3 or x == 4) then return "mouth" end
  return y >= 5 and "beard" or "skin"
end

local function chest(x, y)
  if y == 7 then return "boots" end
  return x >= 2 and x <= 5 and y >= 1 and "apron" or "shirt"
end

local function leg(_, y) return y >= 6 and "boots" or "trousers" end

local function sleeve(_, y) return y >= 6 and "skin" or "shirt" end

local function plain(name)
  return function() return name end
end

local FIELDS = {
  { face, plain "hair", plain "skin", plain "hat" },
  { chest, plain "shirt", sleeve, plain "apron" },
  { leg, plain "trousers", plain "boots", plain "skin" },
  { plain "hair", plain "hair", plain "hair", plain "hair" },
}

-- (colours by what they colour) -> the name of a texture
function skin.of(look)
  local colors = {}
  for name, color in pairs(DEFAULT) do colors[name] = bytes_of(look[name] or color) end
  if not look.beard then colors.beard = colors.skin end
  local dots = {}
  for y = 0, SIZE - 1 do
    for x = 0, SIZE - 1 do
      local field = FIELDS[math.floor(y / FIELD) + 1][math.floor(x / FIELD) + 1]
      dots[#dots + 1] = shaded(colors[field(x % FIELD, y % FIELD)], x, y)
    end
  end
  return "[png:" .. core.encode_base64(core.encode_png(SIZE, SIZE, table.concat(dots)))
end

return skin
