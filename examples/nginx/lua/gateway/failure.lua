-- SPDX-License-Identifier: MIT
-- Errors as OpenAI's clients understand them: HTTP status, headers and the error object.
local chatabi = require "chatabi"

local failure = {}

local INVALID, SERVER = "invalid_request_error", "server_error"

-- The library's errors; where there is no status, the server's own is passed on.
local KINDS = {
  INVALID_REQUEST = { type = INVALID },
  JSON = { 400, INVALID },
  BODY = { 400, INVALID },
  UNSUPPORTED = { 400, INVALID },
  BLOCKED = { 400, INVALID, "content_filter" },
  NOT_FOUND = { 404, INVALID },
  RATE_LIMIT = { 429, "rate_limit_error" },
  BUDGET = { 429, "insufficient_quota", "insufficient_quota" },
  BUSY = { 503, SERVER, "overloaded" },
  SERVER = { type = SERVER },
  TIMEOUT = { 504, SERVER },
  TOO_LONG = { 504, SERVER },
  CANCELLED = { 503, SERVER },
  CLOSED = { 503, SERVER },
}
for _, name in ipairs { "DNS", "CONNECT", "TLS", "DISCONNECT", "PROTOCOL", "TRUNCATED", "TOO_LARGE", "TOO_MANY" } do
  KINDS[name] = { 502, SERVER }
end

-- The gateway's own credentials. What is wrong with them is for its operator, who finds it in the error log.
local OPERATOR = "The gateway could not sign in to the server behind it; its operator finds the reason in its log."
for _, name in ipairs { "AUTH_SOURCE", "AUTH_EXCHANGE", "AUTH_HOST", "UNAUTHENTICATED", "PERMISSION" } do
  KINDS[name] = { 502, SERVER, "gateway_credentials", message = OPERATOR }
end

local OTHERS = { 500, SERVER }

local function status_of(kind, err)
  if kind[1] then return kind[1] end
  local is_error = err.status and err.status >= 400 and err.status < 600
  return is_error and err.status or kind.type == INVALID and 400 or 502
end

-- (an error of the library's) -> the HTTP status, and the object for it
local function describe(err)
  local kind = KINDS[err.name] or OTHERS
  local provider_code = type(err.provider_code) == "string" and err.provider_code or nil
  return status_of(kind, err), {
    message = kind.message or err.message,
    type = kind[2] or kind.type,
    code = kind[3] or provider_code or err.name:lower(),
    param = err.param or chatabi.null,
  }
end

local function encode(object) return chatabi.encode { error = object } end

local function send(status, object)
  local text = encode(object)
  ngx.status = status
  ngx.header.content_type = "application/json"
  ngx.header.content_length = #text
  ngx.print(text)
end

-- A refusal of our own.
function failure.refuse(status, message, code, param)
  ngx.var.gateway_error = code
  local kind = status == 401 and "authentication_error" or status < 500 and INVALID or SERVER
  send(status, { message = message, type = kind, code = code, param = param or chatabi.null })
end

-- An error of the library's before the first byte. The library has tried again already, where that could help: OpenAI's
-- clients shall not multiply that, unless more time can change something.
function failure.reply(err)
  ngx.var.gateway_error = err.name
  local status, object = describe(err)
  local wait_ms = err.retry_after_ms or err.name == "BUSY" and 1000 or nil
  if wait_ms then
    ngx.header.retry_after = math.ceil(wait_ms / 1000)
    ngx.header["retry-after-ms"] = wait_ms
  end
  ngx.header["x-should-retry"] = (wait_ms or err.retryable) and "true" or "false"
  send(status, object)
end

-- The same after it, as an event: OpenAI's clients raise at one that has an error.
function failure.event(err)
  local _, object = describe(err)
  return "data: " .. encode(object) .. "\n\n"
end

return failure
