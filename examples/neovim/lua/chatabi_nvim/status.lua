-- SPDX-License-Identifier: MIT
-- What is going on, for the status line and beside the heading of an answer; redrawn while there is something.
local config = require "chatabi_nvim.config"

local uv = vim.uv or vim.loop

local status = {}

local REDRAW_MS = 120
local BYTES_A_TOKEN = 4 -- about; how many there were, the server says at the end

local timer, frame = nil, 0

local function active()
  local requests = package.loaded["chatabi_nvim.request"]
  return type(requests) == "table" and requests.active() or {}
end

local function seconds(since_ns) return (uv.hrtime() - since_ns) / 1e9 end

local WORDS = {
  queued = "queued", auth = "signing in", connecting = "connecting", waiting = "waiting", retrying = "trying again",
  thinking = "thinking", streaming = "waiting", -- the answer began, but no text of it
}

-- Of one request: "⠹ waiting 3 s", "⠹ 42 tokens/s".
function status.of(one)
  local spinner = config.get("ui").spinner
  local sign = spinner[frame % #spinner + 1]
  local state = one:state()
  if state == "streaming" and one.first_text_ns then
    local passed = math.max(seconds(one.first_text_ns), 0.5)
    return ("%s %.0f tokens/s"):format(sign, one.bytes / BYTES_A_TOKEN / passed)
  end
  return ("%s %s %.0f s"):format(sign, WORDS[state] or state, seconds(one.started_ns))
end

-- Of the request of this buffer, else of any; "" when there is none.
function status.line()
  local buffer, found, count = vim.api.nvim_get_current_buf(), nil, 0
  for one in pairs(active()) do
    count = count + 1
    if not found or one.buffer == buffer then found = one end
  end
  if not found then return "" end
  return status.of(found) .. (count > 1 and (" (%d)"):format(count) or "")
end

local function redraw()
  frame = frame + 1
  for one in pairs(active()) do
    if one.on_tick then pcall(one.on_tick, one) end
  end
  vim.cmd "redrawstatus!"
end

-- Called when a request begins or ends.
function status.update()
  if next(active()) then
    if timer then return end
    timer = uv.new_timer()
    timer:start(0, REDRAW_MS, vim.schedule_wrap(function()
      if timer then redraw() end
    end))
  elseif timer then
    timer:close()
    timer = nil
    vim.schedule(redraw)
  end
end

return status
