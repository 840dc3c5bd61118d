-- SPDX-License-Identifier: MIT
-- :checkhealth chatabi_nvim. What is found, what is configured, and whether the server lets us in. No secret is shown.
local clients = require "chatabi_nvim.clients"
local config = require "chatabi_nvim.config"
local library = require "chatabi_nvim.library"
local notice = require "chatabi_nvim.notice"

local health = {}

local PATIENCE_MS = 8000

-- The functions had other names before Neovim 0.9.
local report = vim.health or require "health"
local start = report.start or report.report_start
local ok, info = report.ok or report.report_ok, report.info or report.report_info
local warn, fail = report.warn or report.report_warn, report.error or report.report_error

local function check_library()
  start "chatabi"
  local version = vim.version()
  ok(("Neovim %d.%d.%d, %s"):format(version.major, version.minor, version.patch, jit and jit.version or _VERSION))
  local chatabi, why = library.load()
  if not chatabi then
    fail(why, { "cmake -B build && cmake --build build, in the checkout of chatabi", ":help chatabi_nvim-install" })
    return nil
  end
  ok("module: " .. (library.path() or "was there already"))
  ok("library: " .. chatabi.version():match "^%S+ %(%S+ %S+" .. ")") -- with libcurl and the TLS library
  return chatabi
end

-- The client, or nil and what is wrong. Keys may come from a function that takes its time.
local function get_client()
  local client, err, settled
  clients.get(nil, function(made, why) client, err, settled = made, why, true end)
  vim.wait(PATIENCE_MS, function() return settled end, 20)
  if not settled then err = "The function in option 'auth' gave no key in time." end
  return client, err
end

local function describe(status)
  local function line(name, value)
    if value then info(name .. ": " .. value) end
  end
  line("provider", status.provider)
  line("base URL", status.base_url)
  line("project", status.project)
  line("location", status.location)
  line("endpoint", status.endpoint)
  line("model", status.model)
end

local function describe_credential(auth)
  local found = ("credential: %s%s%s"):format(auth.type or "none", auth.principal and " of " .. auth.principal or "",
    auth.origin and ", found in " .. auth.origin or "")
  if auth.last_error and not auth.expires_at then return fail(found .. "\n" .. auth.last_error) end
  ok(found .. (auth.expires_at and "; its token is good until " .. auth.expires_at or ""))
end

-- As long as a token is on its way.
local function settled_status(client)
  local status
  vim.wait(PATIENCE_MS, function()
    status = client:status()
    local auth = status and status.auth
    if not auth then return false end
    local failed = auth.last_error and not (auth.last_failure or {}).transient
    return auth.expires_at or failed or not auth.renewals
  end, 50)
  return status or {}
end

local function check_configuration()
  start "configuration"
  local client, err = get_client()
  if not client then return fail(notice.text(err)) end
  local status = settled_status(client)
  describe(status)
  if status.provider == "vertex" and not (status.project or status.base_url) then
    warn("no project is known", { "setup { project = \"...\" }, or set GOOGLE_CLOUD_PROJECT" })
  end
  if not status.model then warn("no model is named", { "setup { model = \"...\" }, or \"model:\" in each chat" }) end
  describe_credential(status.auth or {})
  if status.provider == "vertex" then return info "whether it may use the model, shows: :Chat Hello" end
  local models, problem = client:models { total_timeout_ms = PATIENCE_MS, max_retries = 0 }
  if models then return ok(("the server answers and has %d models"):format(#models)) end
  if problem.name == "NOT_FOUND" then return info "the server has no list of models; try :Chat Hello" end
  fail(notice.text(problem))
end

function health.check()
  if check_library() then check_configuration() end
  start "files"
  info("chats are written to " .. config.folder() .. ", by :w only")
end

return health
