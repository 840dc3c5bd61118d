-- SPDX-License-Identifier: MIT
-- Does a stream slow the keyboard down? In a Neovim in a terminal of its own, keys are typed from here, and the time is
-- taken until the buffer has them: without a stream, with one, and with one as fast as it can be.
local driver = dofile(vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h") .. "/driver.lua")
local test = driver.test

local KEYS = driver.long and 1000 or 60
local FLOODED_KEYS = driver.long and 200 or 60 -- after that its one line has a megabyte, and Neovim draws it slowly
local PAUSE_MS = 10

local function statistics(times)
  table.sort(times)
  local function at(share) return times[math.max(1, math.ceil(#times * share))] end
  return { median = at(0.5), p90 = at(0.9), p99 = at(0.99), max = times[#times] }
end

driver.main(function()
  local emulator = driver.emulator("--pace", "10")
  local child = driver.start_terminal(driver.setup(emulator, [[ui = { window = "vsplit" }]]))
  child:command "setlocal filetype=lua"
  child:set_lines { "local x = 1", "" }
  local typed = child:call("nvim_get_current_buf")

  -- Types `count` keys at the end of the buffer, while `going` is true.
  local function type_keys(what, count, going)
    local times = {}
    child:call("nvim_buf_set_lines", typed, 1, -1, false, { "" })
    child:input "<Esc>Gi"
    driver.wait("insert mode", function() return child:call("nvim_get_mode").mode == "i" end)
    for key = 1, count do
      local from = driver.now_ms()
      child:input(key % 40 == 0 and "<CR>" or "x")
      repeat
        local lines = child:call("nvim_buf_get_lines", typed, 1, -1, false)
      until #table.concat(lines, "\n") == key
      times[key] = driver.now_ms() - from
      if not going() then
        error(("the stream was over after %d keys: %s"):format(key, vim.inspect(child:notices())))
      end
      vim.wait(PAUSE_MS)
    end
    child:input "<Esc>"
    local found = statistics(times)
    driver.say(("# %-16s %4d keys: median %.2f ms, p99 %.2f ms, max %.2f ms"):format(what, count, found.median,
      found.p99, found.max))
    return found
  end

  local function always() return true end
  local function streaming() return child:status() ~= "" end

  -- An answer into another window, with keys typed beside it.
  local function beside(fault, begins, keys, what)
    emulator:fault(fault)
    child:command "Chat! A long story"
    child:coming(begins)
    child:command "wincmd p"
    assert(child:call("nvim_get_current_buf") == typed, "the wrong window")
    local found = type_keys(what, keys, streaming)
    child:command "ChatStop!"
    return found
  end

  local alone
  test("keys are there at once without a stream", function()
    type_keys("warm-up", 20, always)
    alone = type_keys("without a stream", KEYS, always)
  end)

  test("a stream beside them does not keep them waiting", function()
    local found = beside(("long=%d,pace=10"):format(KEYS * 20), "canned", KEYS, "beside a stream")
    assert(found.median < alone.median + 10, "the median has grown by more than 10 ms")
    assert(found.p90 < alone.p90 + 50, "one key of ten waited for 50 ms longer")
    if driver.long then assert(found.p99 < alone.p99 + 100, "one key of a hundred waited for 100 ms longer") end
  end)

  test("nor does one that comes as fast as it can", function()
    local found = beside("flood=1000000", "chat chat", FLOODED_KEYS, "beside a flood")
    assert(found.median < alone.median + 50, "the median has grown by more than 50 ms")
  end)

  child:close()
end)
