-- SPDX-License-Identifier: MIT
-- The gateway's door: what nginx.conf calls. One request comes in here, is asked of the server behind, and goes out.
local chatabi = require "chatabi"
local backends = require "gateway.backends"
local failure = require "gateway.failure"
local question = require "gateway.question"
local relay = require "gateway.relay"
local settings = require "gateway.settings"

local gateway = { warm_up = backends.warm_up }

-- ---- who may ----

local function refuse(...)
  failure.refuse(...)
  return ngx.exit(ngx.HTTP_OK) -- the refusal is sent: nothing comes after it
end

-- A page of somebody else's in a browser on this machine can post here, though it cannot read the answer.
local function admit_anybody()
  if ngx.var.http_sec_fetch_site ~= "cross-site" then return end
  refuse(403, "Pages of other sites may not ask here without a key.", "cross_site")
end

-- The key is the gateway's: it opens the gateway, and goes no further.
function gateway.admit()
  if not settings.keys then return admit_anybody() end
  local key = (ngx.var.http_authorization or ""):match "^[Bb]earer%s+(%S+)$"
  local name = key and settings.keys[key]
  if not name then return refuse(401, "This gateway does not know the API key.", "invalid_api_key") end
  ngx.var.gateway_key = name
end

-- ---- asking ----

local NOTES = {
  gateway_prompt_tokens = "prompt_tokens",
  gateway_output_tokens = "output_tokens",
  gateway_first_byte_ms = "first_byte_ms",
  gateway_attempts = "attempts",
}

local LONGEST_NAME = 100 -- of a model that is logged: clients choose it, up to the size of a body

-- For the access log.
local function note(stream, err_name)
  local info = stream:info()
  for variable, name in pairs(NOTES) do ngx.var[variable] = info[name] end
  ngx.var.gateway_upstream_id = stream:header "x-request-id" or ""
  ngx.var.gateway_error = err_name
end

local function no_model(name)
  local shown = pcall(chatabi.encode, name) and name or "?" -- a path may be no UTF-8
  return failure.refuse(404, ("The model '%s' does not exist here."):format(shown), "model_not_found", "model")
end

-- A client that leaves takes the thread that serves it along: the request behind has to be ended before that.
local function when_client_leaves(stream)
  return function()
    note(stream, "client_gone")
    stream:close()
    ngx.exit(499)
  end
end

local function ask(asked, path)
  local client, refused = backends.get(asked.backend)
  if not client then return nil, refused end
  local text = asked.text
  asked.text = nil -- the library has a copy: megabytes are not kept here until the last word of the answer
  return client:send(text, { path = path })
end

local function answer(asked, stream)
  assert(ngx.on_abort(when_client_leaves(stream)))
  local good, err = pcall(asked.streamed and relay.events or relay.whole, stream, asked.usage)
  note(stream, good and err and err.name or nil)
  stream:close()
  if not good then error(err, 0) end
  return err
end

local function only(method)
  ngx.header.allow = method
  return failure.refuse(405, ("Only %s is allowed here."):format(method), "method_not_allowed")
end

function gateway.pass_on(path)
  if ngx.req.get_method() ~= "POST" then return only "POST" end
  local asked, err, missing = question.read()
  if missing then return no_model(missing) end
  if not asked then return failure.reply(err) end
  asked.streamed = asked.streamed and path == "/chat/completions" -- nothing else comes in events
  ngx.var.gateway_model, ngx.var.gateway_backend = (asked.model or ""):sub(1, LONGEST_NAME), asked.backend
  ngx.var.gateway_stream = asked.streamed and "1" or "0"
  local stream
  stream, err = ask(asked, path)
  if stream then
    err = answer(asked, stream)
  else
    failure.reply(err)
  end
  if err and err.message then
    ngx.log(ngx.WARN, asked.backend, ": ", tostring(err), " (request ", ngx.var.request_id, ")")
  end
  backends.write_log(asked.backend)
end

-- ---- what there is ----

local function model(name, target)
  return { id = name, object = "model", created = settings.loaded, owned_by = target.backend }
end

local function list()
  local models = chatabi.array()
  for name, target in pairs(settings.models) do models[#models + 1] = model(name, target) end
  table.sort(models, function(left, right) return left.id < right.id end)
  return { object = "list", data = models }
end

function gateway.models()
  local method = ngx.req.get_method()
  if method ~= "GET" and method ~= "HEAD" then return only "GET" end
  local name = ngx.var.uri:match "^/v1/models/(.+)$"
  local target = name and settings.models[name]
  if target then return ngx.print(chatabi.encode(model(name, target))) end
  if name then return no_model(name) end
  ngx.print(chatabi.encode(list()))
end

function gateway.status()
  ngx.print(chatabi.encode {
    pid = ngx.worker.pid(),
    worker = ngx.worker.id(),
    library = chatabi.version(),
    lua_kilobytes = math.floor(collectgarbage "count"),
    backends = backends.status(),
  })
end

-- ---- what nginx refuses ----

local REASONS = {
  [404] = { "There is no such path here.", "not_found" },
  [400] = { "This is no request that the gateway could read.", "bad_request" },
  [413] = { "The request is larger than this gateway allows.", "request_too_large" },
  [414] = { "The path is longer than this gateway allows.", "path_too_long" },
  [431] = { "The headers are larger than this gateway allows.", "headers_too_large" },
}

function gateway.refused()
  local status = ngx.status
  local reason = REASONS[status] or { "The gateway could not serve the request.", "gateway_" .. status }
  failure.refuse(status, reason[1], reason[2])
end

return gateway
