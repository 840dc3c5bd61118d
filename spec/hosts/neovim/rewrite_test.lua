-- SPDX-License-Identifier: MIT
-- :Rewrite, as its user meets it.
local driver = dofile(vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h") .. "/driver.lua")
local test, equal = driver.test, driver.equal

local FUNCTION = { "local function add(a, b)", "  return a + b", "end", "", "print(add(1, 2))" }
local PROMPT_BYTES = 2 * 1024 * 1024

driver.main(function()
  local emulator = driver.emulator("--pace", "3")
  local child = driver.start(driver.setup(emulator))

  local function fresh(lines)
    child:command "silent! only | enew!"
    child:command "setlocal filetype=lua"
    child:lua([[local levels = vim.bo.undolevels
      vim.bo.undolevels = -1
      vim.api.nvim_buf_set_lines(0, 0, -1, false, ...)
      vim.bo.undolevels = levels
      vim.bo.modified = false]], lines or FUNCTION)
    child:notices()
  end

  local function is_as_it_was()
    equal(child:lines(), FUNCTION)
    equal(child:lua "return vim.bo.modified", false)
  end

  test("the selected lines become what the server says, and undo brings them back in one step", function()
    fresh()
    child:input "ggVjj:Rewrite make it short<CR>"
    child:coming()
    child:settle()
    local said, body = emulator:says()
    equal(child:text(), said .. "\n\nprint(add(1, 2))")
    equal(body.messages[2].content, "make it short\n\n```lua\n" .. table.concat(FUNCTION, "\n", 1, 3) .. "\n```")
    child:input "u"
    driver.wait("undo", function() return child:text() == table.concat(FUNCTION, "\n") end)
    is_as_it_was()
    child:input "<C-r>"
    driver.wait("redo", function() return child:text() == said .. "\n\nprint(add(1, 2))" end)
    equal(child:notices(), {})
  end)

  test("characters are replaced, also wide ones, and nothing beside them", function()
    fresh { "one žluťoučký two", "three" }
    child:input "ggwve:Rewrite again<CR>"
    child:coming()
    child:settle()
    local said, body = emulator:says()
    equal(child:text(), "one " .. said .. " two\nthree")
    equal(body.messages[2].content, "again\n\n```lua\nžluťoučký\n```")
  end)

  test("a stop brings the text back, and 'nomodified'", function()
    fresh()
    emulator:fault "pace=50"
    child:command "1,3Rewrite make it short"
    child:coming()
    child:command "ChatStop"
    is_as_it_was()
    child:input "u"
    child:settle()
    is_as_it_was()
  end)

  test("an answer that fails, is cut, withheld or empty brings it back too, and says why", function()
    for fault, name in pairs { ["cut=6"] = "%u+", ["status=403"] = "PERMISSION", content_filter = "BLOCKED",
      ["error_in_stream=5"] = "%u+" } do
      fresh()
      emulator:fault(fault)
      child:command "1,3Rewrite make it short"
      driver.wait("the end", function() return child:status() == "" end)
      equal(child:lines(), FUNCTION, fault)
      local notices = child:notices()
      assert(#notices == 1 and notices[1].text:find("^" .. name .. ": "), fault .. vim.inspect(notices))
    end
  end)

  test("what others write above and below stays where it is", function()
    fresh()
    emulator:fault "pace=10"
    child:command "1,3Rewrite make it short"
    child:coming()
    child:lua [[vim.api.nvim_buf_set_lines(0, 0, 0, false, { "-- above", "-- above" })]]
    child:input "Go-- below<Esc>"
    driver.wait("typed text", function() return child:lines()[#child:lines()] == "-- below" end)
    assert(child:status() ~= "", "the answer was over too soon")
    child:settle()
    equal(child:text(), "-- above\n-- above\n" .. emulator:says() .. "\n\nprint(add(1, 2))\n-- below")
  end)

  test("a stop after others wrote brings back the selection alone", function()
    fresh()
    emulator:fault "pace=50"
    child:command "1,3Rewrite make it short"
    child:coming()
    child:input "Go-- below<Esc>"
    driver.wait("typed text", function() return child:lines()[#child:lines()] == "-- below" end)
    child:command "ChatStop"
    equal(child:text(), table.concat(FUNCTION, "\n") .. "\n-- below")
  end)

  test("undo in the middle stops it", function()
    fresh()
    emulator:fault "pace=50"
    local before = emulator:stats().disconnected
    child:command "1,3Rewrite make it short"
    child:coming()
    child:input "u"
    driver.wait("the disconnect", function() return emulator:stats().disconnected == before + 1 end)
    child:settle()
    is_as_it_was()
  end)

  test("a buffer that goes in the middle stops it", function()
    for _, command in ipairs { "bwipeout!", "edit!" } do
      fresh()
      local path = driver.place .. "/file.lua"
      driver.write(path, table.concat(FUNCTION, "\n") .. "\n")
      child:command("edit " .. path)
      emulator:fault "pace=50"
      local before = emulator:stats().disconnected
      child:command "1,3Rewrite make it short"
      child:coming()
      child:command(command)
      driver.wait("the disconnect", function() return emulator:stats().disconnected == before + 1 end)
      child:settle()
      equal(child:notices(), {})
      if command == "edit!" then is_as_it_was() end
      child:command "silent! bwipeout!"
    end
  end)

  test("with ! the file stays, and the new text is a diff beside it", function()
    fresh()
    child:command "1,3Rewrite! make it short"
    driver.wait("text", function()
      return child:lua [[return #vim.api.nvim_list_wins() == 2
        and vim.api.nvim_buf_get_lines(vim.fn.winbufnr(2), 0, 1, false)[1]:find("[emulator]", 1, true)]]
    end)
    child:settle()
    is_as_it_was()
    equal(child:lua [[return table.concat(vim.api.nvim_buf_get_lines(vim.fn.winbufnr(2), 0, -1, false), "\n")]],
      emulator:says() .. "\n\nprint(add(1, 2))")
    equal(child:lua [[return { vim.wo[vim.fn.win_getid(1)].diff, vim.wo[vim.fn.win_getid(2)].diff } ]], { true, true })
    child:input "ggdo"
    driver.wait("the new text", function() return child:lines()[1]:find("[emulator]", 1, true) end)
    child:lua [[vim.api.nvim_win_close(vim.fn.win_getid(2), true)]]
    driver.wait("an end of the diff", function() return child:lua "return not vim.wo.diff" end)
  end)

  test("two at once in one buffer keep to their places", function()
    fresh()
    child:command "1,3Rewrite make it short"
    child:command "5Rewrite print more"
    child:settle()
    local text = child:text()
    local first, second = text:find("make it short", 1, true), text:find("print more", 1, true)
    assert(first and second and first < second, text)
    equal(select(2, text:gsub("canned reply", "")), 2)
  end)

  test("an answer into a hidden buffer disturbs no selection, command line or insertion elsewhere", function()
    fresh()
    child:command "set hidden"
    local rewritten = child:call("nvim_get_current_buf")
    for keys, mode in pairs { ["<Esc>ggvl"] = "v", [":echo 1"] = "c", ["<Esc>Goabc"] = "i" } do
      child:call("nvim_set_current_buf", rewritten)
      child:call("nvim_buf_set_lines", rewritten, 0, -1, false, FUNCTION)
      emulator:fault "pace=5"
      child:command "1,3Rewrite make it short"
      child:command "enew!"
      child:set_lines { "some text", "more" }
      child:input(keys)
      driver.wait("mode " .. mode, function() return child:call("nvim_get_mode").mode == mode end)
      driver.wait("text", function() return child:text(rewritten):find("[emulator]", 1, true) end)
      driver.wait("the end", function() return child:status() == "" end)
      equal(child:call("nvim_get_mode").mode, mode)
      if mode == "v" then
        equal(child:lua [[return { vim.fn.line "v", vim.fn.col "v", vim.fn.col "." }]], { 1, 1, 2 })
      end
      if mode == "c" then equal(child:call("nvim_call_function", "getcmdline", {}), "echo 1") end
      child:input "<C-c><Esc>"
      equal(child:text(rewritten), emulator:says() .. "\n\nprint(add(1, 2))", keys)
      if mode == "i" then equal(child:lines(), { "some text", "more", "abc" }) end
    end
  end)

  test("what comes while text is locked is written afterwards", function()
    fresh()
    child:command "inoremap <expr> <F2> nr2char(getchar())"
    emulator:fault "pace=5"
    child:command "1,3Rewrite make it short"
    child:call("nvim_exec", "messages clear", false)
    child:input "Go<F2>"
    vim.wait(300)
    child:input "x"
    driver.wait("the typed key", function() return child:lines()[#child:lines()] == "x" end)
    child:settle()
    child:input "<Esc>"
    equal(child:notices(), {})
    equal(child:call("nvim_exec", "messages", true), "")
    equal(child:text(), emulator:says() .. "\n\nprint(add(1, 2))\nx")
  end)

  test("a prompt of 2 MB is sent, and its answer streams", function()
    local line = ("x"):rep(1023)
    local lines = {}
    for at = 1, PROMPT_BYTES / 1024 do lines[at] = line end
    fresh(lines)
    local from = driver.now_ms()
    child:command "%Rewrite shorter"
    driver.say(("# %d bytes: the command took %.0f ms"):format(PROMPT_BYTES, driver.now_ms() - from))
    child:settle(20000)
    local chats = emulator:chats()
    assert(chats[#chats].body_bytes > PROMPT_BYTES, "it was not sent whole")
    assert(child:text():find "^%[emulator%] canned reply.*shorter ```lua x", child:text():sub(1, 300))
    assert(#child:lines() < 10)
    child:input "u"
    driver.wait("undo", function() return child:call("nvim_buf_line_count", 0) == #lines end)
  end)

  test("a fence around the answer is taken off, however it is cut", function()
    local wrong = child:lua [[
      local fence = require "chatabi_nvim.fence"
      local cases = {
        { "```lua\nreturn 1\n```\n", "return 1" },
        { "\n```\nreturn 1\n\n  return 2\n```\nI hope this helps.", "return 1\n\n  return 2" },
        { "````markdown\n# A\n```lua\nx\n```\n````", "# A\n```lua\nx\n```" },
        { "```markdown\n# A\n```lua\nx\n```\nb\n```", "# A\n```lua\nx\n```\nb" },
        { "  return 1\n  return 2\n\n", "  return 1\n  return 2" },
        { "\n\n\ttext `code` ``` \n", "\ttext `code` ```" },
        { "`a` and ```b```", "`a` and ```b```" },
        { "one\r\ntwo\r\n", "one\ntwo" },
        { "```lua\nx = 1", "x = 1" },
        { "", "" },
      }
      for _, case in ipairs(cases) do
        local text = case[1]
        for first = 0, #text do
          for second = first, #text do
            local filter = fence.filter(true)
            local out = filter:feed(text:sub(1, first)) .. filter:feed(text:sub(first + 1, second))
              .. filter:feed(text:sub(second + 1)) .. filter:finish()
            if out ~= case[2] then return { case, first, second, out } end
          end
        end
      end
      local kept = fence.filter(false)
      local out = kept:feed "```lua\nx\n```\n" .. kept:finish()
      if out ~= "```lua\nx\n```" then return out end]]
    equal(wrong, vim.NIL)
  end)

  equal(child.errors, "", "on standard error")
  child:close()
end)
