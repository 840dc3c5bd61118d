-- SPDX-License-Identifier: MIT
-- The options of the client, out of the settings. Every mod can read all settings, and change those whose name does not
-- begin with "secure.". So the latter say which credential is used and where it goes, and a key itself is in a file.
--   chatabi.NAME          the few below
--   secure.chatabi.NAME   every option of core/OPTIONS.md, and credentials_file, api_key_file

local OPEN = { "provider", "project", "location", "model", "token_budget" }
local OWN = { lua = true, credentials_file = true, api_key_file = true }
local PREFIX = "secure.chatabi."

local options = {}

local function set(to, name, value)
  if value and value ~= "" then to[name] = value end
end

local function read_key(insecure, path)
  local file, why = insecure.io.open(path, "r")
  if not file then error("The file with the API key cannot be read: " .. tostring(why), 0) end
  local key = file:read("*a"):match "^%s*(.-)%s*$"
  file:close()
  return key
end

local function auth(insecure)
  local file = core.settings:get(PREFIX .. "credentials_file")
  if file and file ~= "" then return { "file", file } end
  local key_file = core.settings:get(PREFIX .. "api_key_file")
  if key_file and key_file ~= "" then return { "api_key", read_key(insecure, key_file) } end
  return nil
end

-- What chatabi.new takes. Raises a sentence.
function options.read(insecure)
  local all = { user_agent = "chatabi_villager" }
  for _, name in ipairs(OPEN) do set(all, name, core.settings:get("chatabi." .. name)) end
  for _, setting in ipairs(core.settings:get_names()) do
    local name = setting:sub(1, #PREFIX) == PREFIX and setting:sub(#PREFIX + 1)
    if name and not OWN[name] then set(all, name, core.settings:get(setting)) end
  end
  if not all.model and (all.provider or "vertex") == "vertex" then all.model = "google/gemini-2.5-flash" end
  all.auth = auth(insecure)
  return all
end

local NAME = "chatabi_villager."

function options.number(name, default) return tonumber(core.settings:get(NAME .. name)) or default end

function options.text(name, default)
  local value = core.settings:get(NAME .. name)
  return value and value ~= "" and value or default
end

return options
