-- SPDX-License-Identifier: MIT
-- What Neovim asks of the system while it chats over TLS, as strace sees it: no process, no file but its own, and the
-- key is nowhere. Swap files and shada are on, as users have them.
local driver = dofile(vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h") .. "/driver.lua")
local test, equal = driver.test, driver.equal

local CALLS = "process,%file,write,writev,pwrite64,pwritev,sendto,sendmsg,sendmmsg"
local KEY = "sk-8f2c61d0a7-swordfish"
local QUESTION = "is-the-moon-made-of-cheese"

local SETUP = [[require("chatabi_nvim").setup {
  provider = "openai", base_url = %q, ca_file = %q, model = "gpt-4o-mini", chatabi = %q,
  auth = { "api_key", function() return io.open(%q):read "*l" end } }]]

local function traces_here()
  vim.fn.system { "strace", "-o", "/dev/null", "true" }
  return vim.v.shell_error == 0
end

-- The lines of the trace between the two marks, which are files that are looked for.
local function between(trace, from, to)
  local first, last = trace:find(from, 1, true), trace:find(to, 1, true)
  assert(first and last and first < last, "the trace has no marks")
  local lines = {}
  for line in trace:sub(first, last):gmatch "[^\n]+" do lines[#lines + 1] = line end
  return lines
end

if not traces_here() then
  driver.say "strace may not trace here"
  vim.fn.delete(driver.place, "rf")
  return vim.cmd "77cquit"
end

driver.main(function()
  local emulator = driver.emulator("--key", KEY, "--pace", "5")
  local vault, file, log = driver.place .. "/vault", driver.place .. "/file.txt", driver.place .. "/trace"
  driver.write(vault, KEY .. "\n")
  driver.write(file, "one\ntwo\n")
  local child = driver.start(SETUP:format(emulator.tls_url .. "/v1", emulator.ca_file, vim.env.CHATABI_MODULE, vault), {
    before = { "strace", "-f", "-y", "-s", "65536", "-e", "trace=" .. CALLS, "-o", log },
    arguments = {},
  })
  child:command "set shada='100 swapfile"
  child:command("edit " .. file)
  child:lua [[vim.loop.fs_stat "/mark/first"]]

  child:command("Chat " .. QUESTION)
  child:settle(30000)
  child:input "GiAnd the sun?<Esc><CR>"
  driver.wait("a second question", function() return #emulator:chats() == 2 end)
  child:settle(30000)
  child:command "wincmd p"
  child:command "1Rewrite in capital letters"
  child:coming()
  child:settle(30000)
  local messages = child:call("nvim_exec", "messages", true)
  local commands = driver.run("sh", "-c", "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' || true")
  child:lua [[vim.loop.fs_stat "/mark/last"]]
  child:command "silent! wshada"
  pcall(child.command, child, "qa!")
  driver.wait("the end of Neovim", function() return child.code end)

  local trace = driver.read(log)
  local lines = between(trace, "/mark/first", "/mark/last")

  test("it answered, over TLS, with the key", function()
    local chats = emulator:chats()
    equal(#chats, 3)
    for _, chat in ipairs(chats) do equal({ chat.tls, chat.status, chat.headers.authorization },
      { true, 200, "Bearer api_key" }) end
  end)

  test("no process is started, only threads", function()
    local threads = 0
    for _, line in ipairs(lines) do
      assert(not line:find "execve[at]*%(" and not line:find "fork%(", line)
      if line:find "clone3?%(" then
        assert(line:find("CLONE_THREAD", 1, true) or line:find("resumed", 1, true), line)
        threads = threads + 1
      end
    end
    driver.say(("# %d lines, %d threads"):format(#lines, threads))
    assert(threads > 0 and select(2, trace:gsub("execve%(", "")) == 1, "the trace does not see what it should")
  end)

  test("no file is made but the swap file of the file that is edited, and none in TMPDIR", function()
    for _, line in ipairs(lines) do
      local makes = line:find("O_CREAT", 1, true) or line:find "mkdir[at]*%(" or line:find "rename[at2]*%("
      if makes then assert(line:find("file.txt.sw", 1, true) and not line:find("/tmp/nvim", 1, true), line) end
    end
    equal(vim.fn.glob(child.home .. "/tmp/**/*", true, true), {})
  end)

  test("neither the key nor the question is written into anything but sockets, where TLS hides them", function()
    for line in trace:gmatch "[^\n]+" do
      for _, secret in ipairs { KEY, QUESTION } do
        if line:find(secret, 1, true) then
          -- The question came from here, and its buffer is shown to who asks for it: the channel of these tests.
          assert(secret == QUESTION and line:find("write[v]?%(1<") or line:find("sendto%(%d+<[^>]*socket"), line)
          assert(secret ~= KEY, line)
        end
      end
    end
    local found = vim.fn.systemlist { "grep", "-rl", "-e", KEY, "-e", QUESTION, child.home }
    equal(found, {})
    assert(vim.fn.glob(child.home .. "/**/main.shada") ~= "", "there is no shada file to look into")
    assert(not messages:find(KEY, 1, true))
  end)

  test("no command line has the key, or the question", function()
    assert(commands:find("strace", 1, true), "command lines are not seen")
    -- The emulator has to be told the key.
    local others = commands:gsub("[^ ]*chatabi%-emulator .- %-%-key [^ ]+", "")
    assert(not others:find(KEY, 1, true) and not others:find(QUESTION, 1, true))
  end)
end)
