-- SPDX-License-Identifier: MIT
-- Starts chatabi-emulator for a spec file, and stops it. Its path is in the environment: CHATABI_EMULATOR.
local chatabi = require "chatabi"

local helper = {}

local pipe, place

local function read_line(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text:match "^(.-)\n"
end

-- The emulator reads from our pipe as its standard input: it ends when we close the pipe or die, however that happens.
function helper.start()
  local program = os.getenv "CHATABI_EMULATOR" or "chatabi-emulator"
  local path = os.tmpname()
  pipe = assert(io.popen(("exec '%s' --quiet --pace 1 --until-eof >'%s'"):format(program, path), "w"))
  local line
  for _ = 1, 100 do
    line = read_line(path)
    if line then break end
    os.execute "sleep 0.05"
  end
  os.remove(path)
  place = assert(chatabi.decode(assert(line, "the emulator does not start")))
  return place
end

function helper.stop()
  if pipe then pipe:close() end
  pipe, place = nil, nil
end

function helper.client_url() return place.url .. "/v1" end

-- A client of the emulator that tries once.
function helper.client(options)
  local all = { base_url = helper.client_url(), model = "gpt-4o-mini", max_retries = 0 }
  for key, value in pairs(options or {}) do all[key] = value end
  return assert(chatabi.new(all))
end

-- A client of the emulator as the Gemini API, which refuses a call without its thought signature, or another's.
function helper.strict_client(options)
  local url = helper.client_url():gsub("/v1$", "/v1beta/openai")
  local all = { provider = "gemini", base_url = url, model = "gemini-3-pro-preview" }
  all.auth = { "api_key", "sk-emulator" }
  for key, value in pairs(options or {}) do all[key] = value end
  return helper.client(all)
end

-- Options of a request that is to go wrong in the emulator's way `fault`.
function helper.fault(fault) return { headers = { ["X-Emulator-Fault"] = fault } } end

-- A body that has a tool to call.
function helper.with_tool(text)
  local parameters = { type = "object", properties = { city = { type = "string" } }, required = { "city" } }
  return {
    messages = { { role = "user", content = text } },
    tools = { { type = "function", ["function"] = { name = "get_weather", parameters = parameters } } },
    tool_choice = { type = "function", ["function"] = { name = "get_weather" } },
  }
end

-- Seconds that `run` takes, and what it returns.
function helper.time(run, ...)
  local now = require("chatabi.half").now
  local began = now()
  local first, second = run(...)
  return now() - began, first, second
end

return helper
