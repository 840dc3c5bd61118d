-- SPDX-License-Identifier: MIT
-- Parts of a message that are made of files: images, sound, documents. A source is a path, a URL (http, https, gs,
-- data: these go to the server as they are), or { data = bytes, type = "image/png", name = "x.png" }. What a server
-- wants to have differently, the library rewrites on the way.
local core = require "chatabi.half"
local errors = require "chatabi.error"
local media_source = require "chatabi.media.source"

local media = {}

local function failure(message, ...) return nil, errors.new("ARG", message:format(...)) end

-- ---- arguments ----

-- Blames the caller of image, audio or file: this, check_..., take and that function are between.
local function misuse(position, name, message)
  error(("bad argument #%d to '%s' (%s)"):format(position, name, message), 5)
end

local function check_texts(given, fields, position, name)
  for _, field in ipairs(fields) do
    local kind = type(given[field])
    if kind ~= "string" and kind ~= "nil" then
      error(("bad argument #%d to '%s' (%s: text expected, got %s)"):format(position, name, field, kind), 5)
    end
  end
end

local function check_source(source, name)
  if type(source) == "string" then return end
  if type(source) ~= "table" or source.data == nil then
    misuse(1, name, "a path, a URL or { data = bytes } expected, got " .. type(source))
  end
  check_texts(source, { "data", "type", "name" }, 1, name)
end

local OPTIONS = { type = true, name = true, detail = true, max_bytes = true }

local function check_options(options, name)
  if options == nil then return end
  if type(options) ~= "table" then misuse(2, name, "table expected, got " .. type(options)) end
  for key in pairs(options) do
    if not OPTIONS[key] then
      misuse(2, name, ("there is no option '%s'; they are: detail max_bytes name type"):format(tostring(key)))
    end
  end
  check_texts(options, { "type", "name", "detail" }, 2, name)
  local kind = type(options.max_bytes)
  if kind ~= "number" and kind ~= "nil" then misuse(2, name, "max_bytes: a number expected, got " .. kind) end
end

-- ---- parts ----

local function data_url(loaded) return ("data:%s;base64,%s"):format(loaded.type, core.base64(loaded.bytes)) end

local function image_part(url, options)
  return { type = "image_url", image_url = { url = url, detail = options.detail } }
end

-- OpenAI's names are "wav" and "mp3"; others go by what stands in their type.
local FORMATS = { ["audio/mpeg"] = "mp3", ["audio/wave"] = "wav", ["audio/mp4"] = "m4a" }

local function audio_part(base64, mime)
  local format = FORMATS[mime] or mime:match "^[^/]+/x%-(.+)$" or mime:match "^[^/]+/(.+)$"
  return { type = "input_audio", input_audio = { data = base64, format = format } }
end

-- Servers that read addresses of sound have a part of their own for them.
local function audio_from_url(url, mime)
  local base64 = url:match "^[Dd][Aa][Tt][Aa]:[^,]*;[Bb][Aa][Ss][Ee]64,(.*)$"
  if base64 and mime then return audio_part(base64, mime) end
  return { type = "audio_url", audio_url = { url = url } }
end

local function video_part(url) return { type = "video_url", video_url = { url = url } } end

-- OpenAI wants one.
local function default_name(mime) return mime == "application/pdf" and "file.pdf" or "file" end

local function file_part(url, name, format)
  return { type = "file", file = { filename = name, file_data = url, format = format } }
end

-- ---- of URLs ----

local from_url = {}

function from_url.image(url, options) return image_part(url, options) end

function from_url.audio(url, options) return audio_from_url(url, media_source.type_of_url(url, options)) end

function from_url.file(url, options)
  local mime = media_source.type_of_url(url, options)
  local kind = mime and mime:match "^[^/]+"
  if kind == "image" then return image_part(url, options) end
  if kind == "audio" then return audio_from_url(url, mime) end
  if kind == "video" then return video_part(url) end
  local name = options.name or url:match "^%a+://[^?#]*/([^/?#]+)" or default_name(mime)
  return file_part(url, name, options.type and mime)
end

-- ---- of bytes ----

local function unsuitable(loaded, wanted)
  local what = "is of no known type"
  if loaded.type then what = "is of the type " .. loaded.type end
  return failure("%s %s, and not %s: take chatabi.file for it, or tell its type with the option `type`.", loaded.label,
    loaded.is_text and "is text" or what, wanted)
end

local from_bytes = {}

function from_bytes.image(loaded, options)
  if not loaded.type or not loaded.type:find "^image/" then return unsuitable(loaded, "an image") end
  return image_part(data_url(loaded), options)
end

function from_bytes.audio(loaded)
  local mime = loaded.type or ""
  if mime == "video/webm" then mime = "audio/webm" end -- the same container
  if not mime:find "^audio/" then return unsuitable(loaded, "sound") end
  return audio_part(core.base64(loaded.bytes), mime)
end

function from_bytes.file(loaded, options)
  if loaded.is_text then return { type = "text", text = loaded.bytes } end
  local kind = loaded.type and loaded.type:match "^[^/]+"
  if not kind then return failure("%s is of no known type: tell it with the option `type`.", loaded.label) end
  if kind == "text" then return failure("%s is not valid UTF-8: convert it.", loaded.label) end
  if kind == "image" then return from_bytes.image(loaded, options) end
  if kind == "audio" then return from_bytes.audio(loaded) end
  if kind == "video" then return video_part(data_url(loaded)) end
  return file_part(data_url(loaded), loaded.name or default_name(loaded.type))
end

local function take(source, options, name)
  check_source(source, name)
  check_options(options, name)
  options = options or {}
  local is_url, failed = media_source.is_url(source)
  if failed then return nil, failed end
  if is_url then return from_url[name](source, options) end
  local loaded, err = media_source.load(source, options)
  if not loaded then return nil, err end
  return from_bytes[name](loaded, options)
end

-- ---- the door ----
-- No tail calls: the level of errors counts these functions. One value when all is well, for table.insert.

-- A part of the type "image_url". Options: detail ("low", "high", "auto"), max_bytes (20 MiB), type, name.
function media.image(source, options)
  local part, err = take(source, options, "image")
  if not part then return nil, err end
  return part
end

-- A part of the type "input_audio"; of an address "audio_url", which Gemini and vLLM read. Options: max_bytes, type,
-- name.
function media.audio(source, options)
  local part, err = take(source, options, "audio")
  if not part then return nil, err end
  return part
end

-- The part that suits the file: text, an image, sound, a film, or "file". Options: detail, max_bytes, type, name.
function media.file(source, options)
  local part, err = take(source, options, "file")
  if not part then return nil, err end
  return part
end

return media
