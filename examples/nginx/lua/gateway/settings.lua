-- SPDX-License-Identifier: MIT
-- Reads settings.lua, and the keys, once for each configuration that nginx loads. What is wrong stops it from loading:
-- the old workers then go on with the old settings.
local path = os.getenv "GATEWAY_SETTINGS" or ngx.config.prefix() .. "settings.lua"
local settings = dofile(path)

local function check(good, text, ...)
  if not good then error(path .. ": " .. text:format(...), 0) end
end

local function read_keys(file_name)
  local file, why = io.open(file_name)
  check(file, "the keys cannot be read: %s", why)
  local keys = {}
  for line in file:lines() do
    local key, name = line:match "^([^%s#]+)%s+(%S.-)%s*$"
    if key then keys[key] = name end
  end
  file:close()
  check(next(keys), "there is no line with a key and a name in %s", file_name)
  return keys
end

-- A name that is not known is a mistake, too: other_models that is written wrong would let every model in.
local function check_fields(given, fields, where)
  for name, value in pairs(given) do
    check(fields[name], "there is no %s in %s", tostring(name), where)
    check(type(value) == fields[name], "%s in %s has to be a %s", name, where, fields[name])
  end
end

check(type(settings) == "table", "it returns no table")
check_fields(settings, {
  backends = "table", default_backend = "string", models = "table", other_models = "boolean", keys_file = "string",
  heartbeat_s = "number",
}, "it")
check(settings.backends, "it has no backends")
check(settings.backends[settings.default_backend], "default_backend is none of the backends")
settings.models = settings.models or {}
for name, target in pairs(settings.models) do
  if type(target) == "string" then target = { model = target } end
  check(type(target) == "table", "model '%s' has to be a name, or a table", name)
  check_fields(target, { backend = "string", model = "string" }, ("model '%s'"):format(name))
  target = { backend = target.backend or settings.default_backend, model = target.model or name }
  check(settings.backends[target.backend], "the backend '%s' of model '%s' does not exist", target.backend, name)
  settings.models[name] = target
end
check(settings.keys_file ~= "", "keys_file is empty: leave it out, or GATEWAY_KEYS unset, if everybody may ask")
settings.keys = settings.keys_file and read_keys(settings.keys_file)
settings.loaded = ngx.time()

return settings
