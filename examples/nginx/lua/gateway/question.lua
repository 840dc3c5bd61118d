-- SPDX-License-Identifier: MIT
-- What a client asks: its body, of which only the name of the model is changed. The rest goes on as it came.
local chatabi = require "chatabi"
local settings = require "gateway.settings"

local question = {}

local function body_text()
  ngx.req.read_body()
  local text = ngx.req.get_body_data()
  local path = not text and ngx.req.get_body_file()
  if not path then return text or "" end
  local file = assert(io.open(path, "rb"))
  text = file:read "*a"
  file:close()
  return text
end

local function with_model(parts, model)
  local members = { model and '"model":' .. chatabi.encode(model) }
  for name, text in pairs(parts) do
    if name ~= "model" then members[#members + 1] = chatabi.encode(name) .. ":" .. text end
  end
  return "{" .. table.concat(members, ",") .. "}"
end

-- The backend and model for what a client calls a model; nil when there is none.
local function target_of(name)
  local target = settings.models[name]
  if target then return target end
  if settings.other_models or name == nil then return { backend = settings.default_backend, model = name } end
end

local function has_usage(parts)
  local options = parts.stream_options and chatabi.decode(parts.stream_options)
  return type(options) == "table" and options.include_usage == true
end

-- A question: text, model (as asked), backend, streamed, usage (does the client want it in a stream?). Or nil, an error
-- of the library's; or nil, nil and the name of a model that does not exist.
function question.read()
  local text = body_text()
  local parts, err = chatabi.pieces(text)
  if not parts then
    err.message = "The body is not the JSON object that is expected: " .. err.message
    return nil, err
  end
  local name = parts.model and chatabi.decode(parts.model)
  name = type(name) == "string" and name or nil
  local target = target_of(name)
  if not target then return nil, nil, name end
  -- With names to choose from, none but the chosen one goes on: of two members servers may take the first.
  if name ~= target.model or not settings.other_models then text = with_model(parts, target.model) end
  return {
    text = text,
    model = name,
    backend = target.backend,
    streamed = parts.stream == "true",
    usage = has_usage(parts),
  }
end

return question
