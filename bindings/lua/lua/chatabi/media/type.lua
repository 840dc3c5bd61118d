-- SPDX-License-Identifier: MIT
-- Which MIME type bytes have, by what they begin with, and which type the ending of a name stands for. The types are
-- those that Gemini and OpenAI name in their documentation.
local json = require "chatabi.json"

local media_type = {}

local ENDINGS = {
  png = "image/png", jpg = "image/jpeg", jpeg = "image/jpeg", gif = "image/gif", webp = "image/webp",
  heic = "image/heic", heif = "image/heif", bmp = "image/bmp", tif = "image/tiff", tiff = "image/tiff",
  avif = "image/avif",
  pdf = "application/pdf",
  wav = "audio/wav", mp3 = "audio/mp3", flac = "audio/flac", ogg = "audio/ogg", oga = "audio/ogg",
  opus = "audio/opus", aac = "audio/aac", m4a = "audio/m4a", m4b = "audio/m4a", aif = "audio/aiff",
  aiff = "audio/aiff", weba = "audio/webm",
  mp4 = "video/mp4", m4v = "video/mp4", webm = "video/webm", mpeg = "video/mpeg", mpg = "video/mpeg", mov = "video/mov",
  avi = "video/avi", wmv = "video/wmv", flv = "video/x-flv", ["3gp"] = "video/3gpp", mkv = "video/x-matroska",
  txt = "text/plain", md = "text/plain", csv = "text/csv", html = "text/html", htm = "text/html", xml = "text/xml",
  json = "application/json", rtf = "text/rtf", svg = "image/svg+xml",
  doc = "application/msword",
  docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xls = "application/vnd.ms-excel",
  xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ppt = "application/vnd.ms-powerpoint",
  pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  odt = "application/vnd.oasis.opendocument.text",
  epub = "application/epub+zip", zip = "application/zip",
}

-- ---- by what bytes begin with ----

local STARTS = {
  { "\137PNG\r\n\26\n", "image/png" }, { "\255\216\255", "image/jpeg" },
  { "GIF87a", "image/gif" }, { "GIF89a", "image/gif" },
  { "II*\0", "image/tiff" }, { "MM\0*", "image/tiff" },
  { "%PDF-", "application/pdf" },
  { "fLaC", "audio/flac" }, { "ID3\2", "audio/mp3" }, { "ID3\3", "audio/mp3" }, { "ID3\4", "audio/mp3" },
  { "\255\241", "audio/aac" }, { "\255\249", "audio/aac" },
  { "\255\251", "audio/mp3" }, { "\255\250", "audio/mp3" }, { "\255\243", "audio/mp3" }, { "\255\242", "audio/mp3" },
  { "\255\227", "audio/mp3" }, { "\255\226", "audio/mp3" },
  { "\0\0\1\186", "video/mpeg" }, { "\0\0\1\179", "video/mpeg" },
  { "FLV\1", "video/x-flv" },
}

local RIFF = { ["WEBP"] = "image/webp", ["WAVE"] = "audio/wav", ["AVI "] = "video/avi" }

-- The major brand of an ISO file, and the boxes that a QuickTime file without one begins with.
local BRANDS = {
  heic = "image/heic", heix = "image/heic", heim = "image/heic", heis = "image/heic", hevc = "image/heic",
  mif1 = "image/heif", msf1 = "image/heif", avif = "image/avif", avis = "image/avif",
  ["M4A "] = "audio/m4a", ["M4B "] = "audio/m4a", ["qt  "] = "video/mov",
}
local BOXES = { moov = "video/mov", mdat = "video/mov", wide = "video/mov" }

local function of_iso(bytes)
  if (bytes:byte() or 32) >= 32 then return nil end -- a box begins with its size; "The wide river" is text
  local box, brand = bytes:sub(5, 8), bytes:sub(9, 12)
  if box ~= "ftyp" then return BOXES[box] end
  return BRANDS[brand] or (brand:sub(1, 3) == "3gp" and "video/3gpp") or "video/mp4"
end

local function of_container(bytes)
  local four = bytes:sub(1, 4)
  if four == "RIFF" then return RIFF[bytes:sub(9, 12)] end
  if four == "FORM" and bytes:sub(9, 11) == "AIF" then return "audio/aiff" end
  if bytes:sub(1, 5) == "OggS\0" then
    return bytes:sub(1, 80):find("OpusHead", 1, true) and "audio/opus" or "audio/ogg"
  end
  if four == "\26\69\223\163" then
    return bytes:sub(1, 80):find("webm", 1, true) and "video/webm" or "video/x-matroska"
  end
  -- two letters alone could be text
  if four:sub(1, 2) == "BM" and bytes:sub(7, 10) == "\0\0\0\0" then return "image/bmp" end
  return of_iso(bytes)
end

function media_type.of_bytes(bytes)
  for _, start in ipairs(STARTS) do
    if bytes:sub(1, #start[1]) == start[1] then return start[2] end
  end
  return of_container(bytes)
end

-- ---- by name ----

-- Of a file's name or a URL.
function media_type.of_name(name)
  local ending = name:gsub("^(%a[%w+.-]*://[^?#]*).*$", "%1"):match "%.([^./\\]*)$"
  return ending and ENDINGS[ending:lower()]
end

-- "image/png" as it is, "png" as what the ending stands for.
function media_type.named(text)
  if text:find("/", 1, true) then return text:lower():match "^%s*([^;%s]+)" end
  return ENDINGS[text:lower()]
end

-- ---- text ----

-- Valid UTF-8 without NUL? JSON can have no other text, so `encode` knows.
function media_type.is_text(bytes)
  if bytes:find("\0", 1, true) then return false end
  return (pcall(json.encode, bytes))
end

-- Of two types, the one that says more. A container tells whether there is sound in it, or a film, only deep inside.
function media_type.better(of_bytes, of_name)
  if of_name and of_bytes and of_name:find "^audio/" and of_bytes:find "^video/" then return of_name end
  if of_bytes == "audio/ogg" and of_name == "audio/opus" then return of_name end
  return of_bytes or of_name
end

return media_type
