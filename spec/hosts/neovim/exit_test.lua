-- SPDX-License-Identifier: MIT
-- Neovim is left in the middle of a stream, in a terminal of its own: at once, with status 0, and nothing is said.
local driver = dofile(vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h") .. "/driver.lua")
local test = driver.test

local RUNS = driver.long and 100 or 20
local LIMIT_MS = 500

-- `ask` begins an answer, `wait` says how far it is to come before `leave` is typed.
local WAYS = {
  { ask = "Chat A story", wait = "text", leave = ":qa!" },
  { ask = "Chat A story", wait = "text", leave = ":q!" },
  { ask = "%Rewrite shorter", wait = "text", leave = ":q!" },
  { ask = "Chat A story", wait = "connection", leave = ":qa!" },
}

local function leave(emulator, way)
  emulator:fault(way.wait == "text" and "long=1000,pace=20" or "slow_first_byte=20000")
  local said = {}
  local child = driver.start_terminal(driver.setup(emulator), {
    on_output = function(data) said[#said + 1] = table.concat(data, "\n") end,
  })
  local before = emulator:stats()
  child:command(way.ask)
  if way.wait == "text" then
    child:coming "["
  else
    driver.wait("the request", function() return emulator:stats().chat > before.chat end)
  end
  local from = driver.now_ms()
  child:input_last(way.leave .. "<CR>")
  driver.wait("the end of Neovim", function() return child.code end, 5000)
  local ms = driver.now_ms() - from
  assert(child.code == 0, ("it ended with %d: %s"):format(child.code, table.concat(said)))
  driver.wait("the disconnect", function() return emulator:stats().disconnected > before.disconnected end, 3000)
  return ms
end

driver.main(function()
  local emulator = driver.emulator()
  test(("in %d runs it ends within %d ms, with status 0, and the server is told"):format(RUNS, LIMIT_MS), function()
    local times = {}
    for run = 1, RUNS do times[run] = leave(emulator, WAYS[(run - 1) % #WAYS + 1]) end
    table.sort(times)
    driver.say(("# %d runs: median %.0f ms, max %.0f ms"):format(RUNS, times[math.ceil(RUNS / 2)], times[RUNS]))
    assert(times[RUNS] < LIMIT_MS, ("one took %.0f ms"):format(times[RUNS]))
  end)
end)
