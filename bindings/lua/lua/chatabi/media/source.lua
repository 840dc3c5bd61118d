-- SPDX-License-Identifier: MIT
-- Where media come from: bytes of a file or of the caller, and what is known of them; or a URL.
local errors = require "chatabi.error"
local media_type = require "chatabi.media.type"

local media_source = {}

local MAX_BYTES = 20 * 1024 * 1024
local BLOCK = 65536

local function failure(message, ...) return nil, errors.new("ARG", message:format(...)) end

-- ---- files ----

local function too_large(name, max)
  local message = "%s has more than %.0f bytes: make it smaller, raise max_bytes, or give a URL of it instead."
  return failure(message, name, max)
end

local function read_blocks(file, first, path, max)
  local blocks, size = { first }, #first
  while size <= max do
    local block, message = file:read(BLOCK)
    if message then return failure("%s cannot be read: %s.", path, message) end
    if not block then return table.concat(blocks) end
    blocks[#blocks + 1] = block
    size = size + #block
  end
  return too_large(path, max)
end

-- A directory can be opened, and fails to be read. What cannot seek tells its size by being read.
local function read_open(file, path, max)
  local first, message = file:read(1)
  if message then return failure("%s cannot be read: %s. Give the path of a file.", path, message) end
  if not first then return failure("%s is empty: there is nothing to send.", path) end
  local size = file:seek "end"
  if size and size > max then return too_large(path, max) end
  if size then file:seek("set", 1) end
  return read_blocks(file, first, path, max)
end

local function read(path, max)
  if not io then return failure("%s cannot be read: this host has no io. Give { data = bytes } instead.", path) end
  local file, message = io.open(path, "rb")
  if not file then return failure("%s. Check the path.", message) end
  local bytes, err = read_open(file, path, max)
  file:close()
  return bytes, err
end

local function check_data(bytes, name, max)
  if bytes == "" then return failure("%s is empty: there is nothing to send.", name) end
  if #bytes > max then return too_large(name, max) end
  return bytes
end

-- ---- what is known of them ----

local function identify(bytes, name, given)
  local found = media_type.of_bytes(bytes)
  local may_be_text = not found
  if given then may_be_text = given:find "^text/" end
  local loaded = { bytes = bytes, name = name and name:match "[^/\\]*$", label = name or "The data" }
  if loaded.name and not media_type.is_text(loaded.name) then loaded.name = nil end -- no JSON can have it
  loaded.is_text = may_be_text and media_type.is_text(bytes)
  if given then
    loaded.type = given
  elseif loaded.is_text then
    loaded.type = "text/plain"
  else
    loaded.type = media_type.better(found, name and media_type.of_name(name))
  end
  return loaded
end

-- Of a path or { data =, type =, name = }: { bytes, label (for errors), name, type, is_text }; type and name may be
-- nil.
function media_source.load(source, options)
  local max, given, name = options.max_bytes or MAX_BYTES, options.type, options.name
  local bytes, err
  if type(source) == "table" then
    given, name = given or source.type, name or source.name
    bytes, err = check_data(source.data, name or "The data", max)
  else
    name = name or source
    bytes, err = read(source, max)
  end
  if not bytes then return nil, err end
  local mime = given and media_type.named(given)
  if given and not mime then return failure("'%s' is no type: give one such as image/png.", given) end
  return identify(bytes, name, mime)
end

-- ---- URLs ----

local SCHEMES = { http = true, https = true, gs = true, data = true }

-- Is it a URL? nil and an error when it is one that no server reads. "C:\x.png" is a path.
function media_source.is_url(source)
  if type(source) ~= "string" then return false end
  local scheme = source:match "^(%a[%w+.-]+)://" or source:match "^([Dd][Aa][Tt][Aa]):"
  if not scheme then return false end
  if SCHEMES[scheme:lower()] then return true end
  return failure("%s is no URL that servers read: give a path, or a URL with http, https, gs or data.", source)
end

-- The type of what is there, if the URL tells it.
function media_source.type_of_url(url, options)
  if options.type then return media_type.named(options.type) end
  local mime = url:match "^[Dd][Aa][Tt][Aa]:([^;,]*)"
  if mime then return mime ~= "" and mime:lower() or "text/plain" end
  return media_type.of_name(url)
end

return media_source
