-- SPDX-License-Identifier: MIT
-- What the README says, as it stands; the help; :checkhealth; and where chatabi.lua and the library are found. Names
-- of Google and OpenAI lead to the emulator: the library in $CHATABI_REDIRECT puts itself before libchatabi.
local driver = dofile(vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h") .. "/driver.lua")
local test, equal = driver.test, driver.equal

local function blocks_of(page)
  local blocks, current = {}, nil
  for line in (driver.read(page)):gmatch "([^\n]*)\n" do
    if current and line == "```" then
      blocks[#blocks + 1], current = table.concat(current, "\n"), nil
    elseif current then
      current[#current + 1] = line
    elseif line:find "^```" then
      equal(line, "```lua", "every block is Lua")
      current = {}
    end
  end
  return blocks
end

local NOTICES = "notices = {} vim.notify = function(text) table.insert(notices, { text = text }) end"

-- A home in which ~/chatabi is this checkout, and chatabi is installed.
local function furnish(home)
  vim.fn.mkdir(home .. "/data/chatabi/luajit", "p")
  driver.run("ln", "-s", driver.root, home .. "/chatabi")
  driver.run("ln", "-s", vim.env.CHATABI_MODULE .. "/chatabi.lua", home .. "/data/chatabi/luajit/chatabi.lua")
end

driver.main(function()
  local emulator = driver.emulator("--pace", "1", "--project", "my-project")
  local world = {
    CHATABI_LIBRARY = vim.env.CHATABI_REDIRECT, CHATABI_EMULATOR_TLS_URL = emulator.tls_url,
    CHATABI_EMULATOR_CA = emulator.ca_file, GOOGLE_APPLICATION_CREDENTIALS = emulator.credentials_file,
    OPENAI_API_KEY = emulator.api_key,
  }

  -- A Neovim whose init.lua is `block`.
  local function start(block)
    return driver.start("", { env = world, arguments = { "-i", "NONE", "-n", "--cmd", "lua " .. NOTICES },
      init = block, furnish = furnish })
  end

  for number, block in ipairs(blocks_of(driver.plugin .. "/README.md")) do
    test(("README, block %d"):format(number), function()
      local child = start(block)
      if not block:find(".ask(", 1, true) then child:command "Chat Hello" end
      child:coming "canned reply"
      child:settle()
      local said = emulator:says()
      assert(child:text():find(said, 1, true), child:text())
      if block:find("statusline", 1, true) then
        emulator:fault "slow_first_byte=5000"
        child:command "Chat! Hello"
        local line = child:lua [[return vim.api.nvim_eval_statusline(vim.o.statusline, {}).str]]
        assert(line:find "%S %a+ 0 s", line)
        child:command "ChatStop"
      end
      if block:find("total_tokens", 1, true) then assert(child:notices()[1].text:find "^%d+ tokens$") end
      equal(child:notices(), {})
      equal(child.errors, "")
      child:close()
    end)
  end

  test("the help has its tags, and no tag twice", function()
    local folder = driver.place .. "/help/doc"
    vim.fn.mkdir(folder, "p")
    driver.run("cp", driver.plugin .. "/doc/chatabi_nvim.txt", folder)
    vim.cmd("helptags " .. folder)
    local tags = driver.read(folder .. "/tags")
    for _, tag in ipairs { "chatabi_nvim", ":Chat", ":ChatSend", ":ChatStop", ":Rewrite", "chatabi_nvim-options" } do
      assert(("\n" .. tags):find("\n" .. tag .. "\t", 1, true), "no tag " .. tag)
    end
    local references = driver.read(folder .. "/chatabi_nvim.txt")
    for reference in references:gmatch "|(chatabi_nvim[^|%s]*)|" do
      assert(("\n" .. tags):find("\n" .. reference .. "\t", 1, true), "a reference leads nowhere: " .. reference)
    end
    for line in references:gmatch "[^\n]+" do assert(vim.fn.strdisplaywidth(line) <= 78, line) end
  end)

  local function health(child)
    child:command "checkhealth chatabi_nvim"
    return child:text()
  end

  test(":checkhealth shows what was found, and no secret", function()
    local child = start(blocks_of(driver.plugin .. "/README.md")[1])
    local page = health(child)
    driver.say("# " .. page:gsub("\n", "\n# "))
    for _, expected in ipairs { "OK.*module: .*/data/chatabi/luajit/chatabi.lua", "OK.*library: chatabi/",
      "project: my%-project", "model: google/gemini%-2.5%-flash", "OK.*credential: service_account", "good until" } do
      assert(page:find(expected), expected)
    end
    assert(not page:find "ERROR" and not page:find "WARNING")
    child:close()
    child = start(blocks_of(driver.plugin .. "/README.md")[4])
    page = health(child)
    assert(page:find "OK.*the server answers and has %d+ models", page)
    assert(not page:find(emulator.api_key, 1, true), "the key is shown")
    child:close()
  end)

  -- Which libchatabi a Neovim with this setup has loaded, where nothing names it; prepare(home) puts it somewhere.
  local function library_of(setup, prepare)
    local child = driver.start(setup, { env = { CHATABI_LIBRARY = "" }, furnish = prepare })
    child:command "Chat"
    equal(child:notices(), {})
    equal(child:lua [[return vim.env.CHATABI_LIBRARY or ""]], "")
    local maps = driver.read(("/proc/%d/maps"):format(child:lua "return vim.loop.os_getpid()"))
    local path = maps:match "(/[^\n]*/libchatabi%.so[^\n]*)"
    local home = child.home
    child:close()
    return path, home
  end

  local function copy(from, folder, name)
    vim.fn.mkdir(folder, "p")
    driver.run("cp", "-L", from, folder .. "/" .. name)
  end

  test("libchatabi is found beside chatabi.lua, in its build, and in its installation", function()
    local module, library = vim.env.CHATABI_MODULE .. "/chatabi.lua", vim.env.CHATABI_LIBRARY
    local setup = [[require("chatabi_nvim").setup { %s }]]
    local built = library_of(setup:format(("chatabi = %q"):format(vim.env.CHATABI_MODULE)))
    equal(vim.fn.fnamemodify(built, ":h"), vim.fn.fnamemodify(vim.fn.resolve(library), ":h"))
    local installed, home = library_of(setup:format "", function(folder)
      copy(module, folder .. "/data/chatabi/luajit", "chatabi.lua")
      copy(library, folder .. "/lib", "libchatabi.so.1")
    end)
    equal(installed, home .. "/lib/libchatabi.so.1")
    local beside
    beside, home = library_of([[vim.opt.runtimepath:append "~/any"]], function(folder)
      copy(module, folder .. "/any/lua", "chatabi.lua")
      copy(library, folder .. "/any/lua", "libchatabi.so")
    end)
    equal(beside, home .. "/any/lua/libchatabi.so")
  end)

  test(":checkhealth says what is missing", function()
    local child = driver.start [[require("chatabi_nvim").setup { chatabi = "/nowhere" }]]
    child:lua [[vim.env.CHATABI_LIBRARY = "/nowhere/libchatabi.so" package.path = ""]]
    local page = health(child)
    assert(page:find "ERROR" and (page:find "chatabi.lua is not found" or page:find "/nowhere/libchatabi.so"), page)
    child:command "Chat Hello"
    assert(#child:notices() == 1)
    assert(child:text():find "# User\n\nHello")
    child:close()
  end)
end)
