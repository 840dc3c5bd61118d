-- SPDX-License-Identifier: MIT
-- What is configured, in plain words, and whether it works. Of secrets only where they are is ever said.
local chatabi = require "chatabi"
local errors = require "chatabi.error"
local patience = require "chatabi.cli.patience"
local session = require "chatabi.cli.session"
local terminal = require "chatabi.cli.terminal"

local doctor = {}

local PATIENCE_S = 10

local VARIABLES = {
  "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS_JSON", "CHATABI_CREDENTIALS_JSON",
  "CLOUDSDK_AUTH_ACCESS_TOKEN", "GOOGLE_OAUTH_ACCESS_TOKEN", "CLOUDSDK_CONFIG", "GCE_METADATA_HOST",
  "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "GOOGLE_CLOUD_QUOTA_PROJECT", "GOOGLE_CLOUD_LOCATION",
  "GOOGLE_CLOUD_REGION", "GOOGLE_CLOUD_UNIVERSE_DOMAIN", "OPENAI_API_KEY", "OPENAI_BASE_URL", "GOOGLE_API_KEY",
  "GEMINI_API_KEY", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY",
  "no_proxy", "SSL_CERT_FILE",
}

local function is_set(name) return (os.getenv(name) or "") ~= "" end

-- Names only: what they hold may be secret.
local function environment()
  local found = {}
  for _, name in ipairs(VARIABLES) do
    if is_set(name) then found[#found + 1] = name end
  end
  return #found > 0 and table.concat(found, ", ") or "nothing of use here is set"
end

-- ---- the report ----

local function line(name, value, rest)
  if value then terminal.write(("%-12s %s%s\n"):format(name, value, rest or "")) end
end

local function describe_program()
  line("library", chatabi.version():match "^%S+ %(%S+ %S+" .. ")") -- with libcurl and the TLS library
  line("Lua", (jit and jit.version .. ", " or "") .. _VERSION, ", module " .. (package.loaded["chatabi.core"] and
    "chatabi.core" or "chatabi.ffi"))
  line("environment", environment())
end

local function describe_target(status, settings)
  local is_vertex = status.provider == "vertex"
  line("provider", status.provider)
  line("project", status.project or is_vertex and "none" or nil)
  line("location", status.location or is_vertex and "global" or nil)
  line("endpoint", status.endpoint)
  line("base URL", status.base_url)
  local model = status.model or session.default_model(settings.client)
  line("model", model or "the server's choice", not status.model and model and " (when none is named)" or "")
end

local KINDS = {
  none = "none, the server is asked without one", api_key = "API key", token = "access token", gcloud = "gcloud's",
  service_account = "service account", authorized_user = "gcloud login", metadata = "of this machine, from Google",
  external_account = "federated identity", adc = "Application Default Credentials",
}

local function describe_credential(auth)
  local kind = KINDS[auth.type] or auth.type or "unknown"
  line("credential", kind, auth.principal and " " .. auth.principal or "")
  line("", auth.origin and "found in " .. auth.origin)
  line("token", auth.expires_at and "good until " .. auth.expires_at)
end

-- ---- the trial ----

-- Not before the credential is found; one without renewals has no token to wait for.
local function is_settled(auth)
  if not auth then return false end
  local failed = auth.last_error and not (auth.last_failure or {}).transient
  return auth.expires_at or failed or not auth.renewals
end

-- The status, when there is a token, or none will come.
local function wait_for_token(client)
  local good, err = client:start()
  if not good then return nil, err end
  local status
  for slice = 1, PATIENCE_S / patience.SLICE_S do
    status, err = client:status()
    if not status then return nil, err end
    if is_settled(status.auth) then break end
    if terminal.interrupted() then return nil, errors.new "CANCELLED" end
    if slice > 5 then terminal.progress "waiting for a token" end
    client:ready(patience.SLICE_S)
  end
  terminal.progress(nil)
  return status
end

-- A server that lists its models knows the key. Nearly all have such a list.
local function ask_for_models(client)
  local options = { total_timeout_ms = PATIENCE_S * 1000, max_retries = 0 }
  local list, err = patience.run(client, function() return client:models(options) end)
  if list then return ("the server answers and has %d models"):format(#list) end
  if err.name ~= "NOT_FOUND" then return nil, err end
  return nil, tostring(err) .. "\nIf it is a server without a list of models, try: chatabi Hello"
end

local function try_target(client, status)
  local auth = status.auth or {}
  if auth.last_error and not auth.expires_at then return nil, auth.last_error end
  if status.provider ~= "vertex" then return ask_for_models(client) end
  if auth.renewals and not auth.expires_at then return nil, "No token came within " .. PATIENCE_S .. " seconds." end
  if not (status.project or status.base_url) then
    return nil, "No project was found. Give --project ID, or set GOOGLE_CLOUD_PROJECT."
  end
  local works = auth.expires_at and "the credential works, whether it" or "there is a credential, whether it"
  return works .. " may use the model shows: chatabi Hello"
end

local function advise(status, settings)
  if settings.client.provider or status.provider ~= "vertex" then return end
  if is_set "OPENAI_API_KEY" then terminal.write "There is a key for OpenAI: --provider openai\n" end
  if is_set "GEMINI_API_KEY" or is_set "GOOGLE_API_KEY" then
    terminal.write "There is a key for the Gemini API: --provider gemini\n"
  end
end

-- True when all is well, else false; nil and an error when that cannot be told.
function doctor.examine(settings)
  describe_program()
  local client, err = chatabi.new(settings.client)
  if not client then return nil, err end
  local status, why = wait_for_token(client)
  if not status then return nil, why end
  describe_target(status, settings)
  describe_credential(status.auth or {})
  local good, problem = try_target(client, status)
  client:close()
  if good then
    line("result", "fine: ", good)
    return true
  end
  if type(problem) == "table" and problem.name == "CANCELLED" then return nil, problem end
  line("result", "not fine. ", tostring(problem))
  advise(status, settings)
  return false
end

return doctor
