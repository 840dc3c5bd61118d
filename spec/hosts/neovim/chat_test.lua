-- SPDX-License-Identifier: MIT
-- :Chat, as its user meets it.
local driver = dofile(vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h") .. "/driver.lua")
local test, equal = driver.test, driver.equal

local function answer_of(lines, number)
  local count, list = 0, nil
  for _, line in ipairs(lines) do
    if line == "# Assistant" then
      count = count + 1
      list = count == (number or 1) and {} or nil
    elseif line == "# User" then
      if list then break end
    elseif list then
      list[#list + 1] = line
    end
  end
  return vim.trim(table.concat(list or {}, "\n"))
end

driver.main(function()
  local emulator = driver.emulator("--pace", "3")
  local child = driver.start(driver.setup(emulator, [[system = "You are brief.", body = { temperature = 0.5 }]]))

  test("setup loads nothing of the library", function()
    equal(child:lua [[return { package.loaded.chatabi == nil, package.loaded["chatabi_nvim.request"] == nil }]],
      { true, true })
    equal(child:status(), "")
  end)

  test("the answer in the buffer is what the server says", function()
    child:command "Chat Why is the sky blue?"
    child:settle()
    local said, body = emulator:says()
    equal(answer_of(child:lines()), said)
    equal(body.messages, { { role = "system", content = "You are brief." },
      { role = "user", content = "Why is the sky blue?" } })
    equal(body.temperature, 0.5)
    equal(child:notices(), {})
  end)

  test("the conversation goes on with what is in the buffer, edits too", function()
    local first = answer_of(child:lines())
    child:command [[%s/sky blue/sea green/]]
    child:input "GiAnd at night?<Esc><CR>"
    driver.wait("a second request", function() return #emulator:chats() == 3 end)
    child:settle()
    local said, body = emulator:says()
    equal(answer_of(child:lines(), 2), said)
    equal(body.messages[2].content, "Why is the sea green?")
    equal(body.messages[3], { role = "assistant", content = (first:gsub("sky blue", "sea green")) })
    equal(body.messages[4], { role = "user", content = "And at night?" })
  end)

  test("undo takes an answer back in one step", function()
    child:input "u"
    driver.wait("undo", function() return answer_of(child:lines(), 2) == "" end)
    assert(child:text():find("And at night?", 1, true) and not child:text():find("# Assistant.*# Assistant"))
  end)

  test("it is saved and goes on in another Neovim", function()
    child:command "write"
    local path = child:lua [[return vim.api.nvim_buf_get_name(0)]]
    equal(driver.run("stat", "-c", "%a", vim.fn.fnamemodify(path, ":h")), "700\n")
    local other = driver.start(driver.setup(emulator))
    other:command("edit " .. path)
    equal(other:lines(), child:lines())
    other:command "ChatSend"
    other:settle()
    local said, body = emulator:says()
    equal(#body.messages, 4)
    equal(answer_of(other:lines(), 2), said)
    other:close()
  end)

  test("fields at the top go with the request", function()
    child:command "enew!"
    child:set_lines { "---", "model: gpt-4o", "max_tokens: 5", "---", "a note", "# User", "", "Hello", "", "" }
    child:command "ChatSend"
    child:settle()
    local _, body = emulator:says()
    equal({ body.model, body.max_completion_tokens, body.messages },
      { "gpt-4o", 5, { { role = "user", content = "Hello" } } })
    assert(child:text():find "<!%-%- chat: the answer is cut", child:text())
    assert(child:notices()[1].text:find "max_tokens")
  end)

  test("a selection is quoted, and sent with the question", function()
    child:command "enew!"
    child:command "setlocal filetype=lua"
    child:set_lines { "local a = 1", "```", "# User" }
    child:command "1,3Chat! Explain"
    child:settle()
    local said, body = emulator:says()
    equal(body.messages[2].content, "Explain\n\n````lua\nlocal a = 1\n```\n# User\n````")
    equal(answer_of(child:lines()), said)
  end)

  test("a refused request leaves the question, and says what to do", function()
    child:command "Chat!"
    child:notices()
    emulator:fault "status=403"
    child:command "Chat Hello"
    child:settle()
    assert(not child:text():find("# Assistant", 1, true), child:text())
    assert(child:text():find("# User\n\nHello", 1, true))
    local notices = child:notices()
    assert(#notices == 1 and notices[1].text:find "^PERMISSION: ", vim.inspect(notices))
  end)

  test("an answer that breaks off stays, and is marked", function()
    emulator:fault "cut=6"
    child:command "ChatSend"
    child:settle()
    local notices = child:notices()
    assert(answer_of(child:lines()):find "^%[emulator%].*<!%-%- chat: %u+: ", child:text())
    assert(#notices == 1 and notices[1].text:find "^%u+: ", vim.inspect(notices))
  end)

  test("a stop before the first byte closes the connection", function()
    child:command "Chat!"
    emulator:fault "slow_first_byte=20000"
    local before, requests = emulator:stats().disconnected, #emulator:chats()
    child:command "Chat Are you there?"
    driver.wait("the request", function() return #emulator:chats() > requests end)
    local from = driver.now_ms()
    child:command "ChatStop"
    equal(child:status(), "")
    driver.wait("the disconnect", function() return emulator:stats().disconnected == before + 1 end, 2000)
    driver.say(("# the server knew after %.0f ms"):format(driver.now_ms() - from))
    assert(child:text():find("# User\n\nAre you there?", 1, true))
    assert(not child:text():find("# Assistant", 1, true), child:text())
    equal(child:notices(), {})
  end)

  test("the next question is typed while the answer comes, and the cursor stays", function()
    child:command "Chat!"
    emulator:fault "pace=15"
    child:command "Chat A story"
    child:coming()
    child:input "inext question"
    driver.wait("the typed text", function() return child:text():find("# User\n\nnext question", 1, true) end)
    assert(child:status() ~= "", "the answer was over too soon")
    child:input "<Esc>gg"
    child:settle()
    equal(child:call("nvim_win_get_cursor", 0)[1], 1)
    equal(answer_of(child:lines()), (emulator:says()))
    equal(vim.trim(child:lines()[#child:lines()]), "next question")
  end)

  test("undo, or deleting everything, in the middle of an answer stops it, and says at most that", function()
    local gone = { { level = 4, text = "ARG: The text that was to be changed is gone." } }
    for keys, notices in pairs { u = {}, [":%d<CR>"] = gone } do
      child:command "silent! only | enew!"
      child:set_lines { "# User", "", "Hello" }
      child:notices()
      emulator:fault "pace=30"
      child:command "ChatSend"
      child:coming()
      child:input(keys)
      driver.wait("the end", function() return child:status() == "" end)
      assert(not child:text():find("Assistant", 1, true))
      equal(child:notices(), notices)
    end
  end)

  test("closing its last window or wiping its buffer stops the answer", function()
    for _, command in ipairs { "quit", "bwipeout!" } do
      child:command "silent! only"
      child:command "enew!"
      child:command "Chat!"
      child:command "split"
      child:command "enew"
      child:command "wincmd p"
      emulator:fault "pace=100"
      local before = emulator:stats().disconnected
      child:command "Chat A long story"
      child:coming()
      child:command(command)
      driver.wait("the disconnect", function() return emulator:stats().disconnected == before + 1 end)
      child:settle()
      equal(child:notices(), {})
    end
  end)

  test("keys come from functions, late or at once, and what is no key is said", function()
    for _, auth in ipairs {
      [[{ "api_key", function() return %q end }]],
      [[{ "api_key", function(done) vim.defer_fn(function() done(%q) end, 50) end }]],
      [[function(done) done { "api_key", %q } end]],
    } do
      child:lua(([[require("chatabi_nvim").setup { provider = "openai", base_url = %q, model = "gpt-4o-mini",
        auth = %s }]]):format(emulator.url .. "/v1", auth:format(emulator.api_key)))
      child:command "Chat! Hello"
      child:settle()
      equal(answer_of(child:lines()), (emulator:says()))
    end
    child:lua [[require("chatabi_nvim").setup { provider = "openai", auth = function() error "the vault is shut" end }]]
    child:command "Chat! Hello"
    child:settle()
    assert(child:notices()[1].text:find "the vault is shut")
    child:lua [[require("chatabi_nvim").setup { no_such_option = 1 }]]
    child:command "Chat! Hello"
    child:settle()
    assert(child:notices()[1].text:find "CONFIG: .*no_such_option")
  end)

  test("lines of an answer that look like headings are escaped, however they are cut", function()
    local text = "# User\n\n# Users\n\\# System\n<!-- chat: x -->\n# Assist\n#\n# Assistant  "
    local wrong = child:lua([[
      local transcript, text = require "chatabi_nvim.transcript", ...
      for first = 0, #text do
        for second = first, #text do
          local escaper = transcript.escaper()
          local written = escaper.feed(text:sub(1, first)) .. escaper.feed(text:sub(first + 1, second))
            .. escaper.feed(text:sub(second + 1)) .. escaper.finish()
          local lines = vim.split("# Assistant\n" .. written, "\n")
          local messages = transcript.read(lines)
          if #messages ~= 1 or messages[1].content ~= text then return { first, second, written, messages } end
        end
      end]], text)
    equal(wrong, vim.NIL)
  end)

  equal(child.errors, "", "on standard error")
  child:close()
end)
