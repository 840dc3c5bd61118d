-- SPDX-License-Identifier: MIT
-- Drives other Neovims from a headless one: each has examples/neovim as its plugin, and talks to an emulator. All of
-- them end with this one, also when it fails: their channels close.
--   nvim --headless -u NONE -i NONE -n -c 'luafile chat_test.lua' -c 'qa!'
local driver = {}

local uv = vim.uv or vim.loop
local HERE = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h")
driver.root = vim.fn.fnamemodify(HERE, ":h:h:h")
driver.plugin = driver.root .. "/examples/neovim"
driver.place = vim.fn.tempname()
driver.long = vim.env.CHATABI_LONG == "1"
vim.fn.mkdir(driver.place, "p")

local function say(line) io.stdout:write(line, "\n") end
driver.say = say

function driver.now_ms() return uv.hrtime() / 1e6 end

function driver.wait(what, check, ms)
  local value
  local good = vim.wait(ms or 20000, function()
    value = check()
    return value
  end, 2)
  if not good then error("waited in vain: " .. what, 2) end
  return value
end

function driver.write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

function driver.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

function driver.run(...)
  local output = vim.fn.system({ ... })
  assert(vim.v.shell_error == 0, table.concat({ ... }, " ") .. ": " .. output)
  return output
end

-- ---- the emulator ----

local Emulator = {}
Emulator.__index = Emulator

function driver.emulator(...)
  local said = ""
  local job = vim.fn.jobstart({ assert(vim.env.CHATABI_EMULATOR), "--tls", "--quiet", "--until-eof",
    "--journal-bodies", "--dir", driver.place .. "/emulator", ... }, {
    on_stdout = function(_, data) said = said .. table.concat(data) end,
  })
  assert(job > 0, "no emulator")
  driver.wait("the emulator", function() return said:find "}" end, 40000) -- it makes keys first
  return setmetatable(vim.json.decode(said), Emulator)
end

function Emulator:get(path) return driver.run("curl", "-s", self.url .. path) end
function Emulator:post(path, value)
  return driver.run("curl", "-s", "-H", "Content-Type: application/json", "-d", value, self.url .. path)
end
function Emulator:fault(faults) self:post("/emulator/faults", vim.json.encode { fault = faults }) end
function Emulator:stats() return vim.json.decode(self:get "/emulator/stats") end

-- The chat requests so far, the latest last.
function Emulator:chats()
  local list = {}
  for _, entry in ipairs(vim.json.decode(self:get "/emulator/journal")) do
    if entry.path:find("chat/completions", 1, true) then list[#list + 1] = entry end
  end
  return list
end

-- What the emulator answers to the latest request when somebody else asks again, without streaming: and the body. What
-- it says depends on the messages to the byte, so that only the text is changed.
function Emulator:says()
  local chats = self:chats()
  local entry = chats[#chats]
  local body = entry.body:gsub('"stream":true', '"stream":false'):gsub(',"stream_options":%b{}', "")
  local google = entry.path:find("/projects/", 1, true)
  local token = google and vim.json.decode(self:post("/emulator/tokens", "{}")).access_token or self.api_key
  local answer = driver.run("curl", "-s", "-H", "Authorization: Bearer " .. token, "-H",
    "Content-Type: application/json", "-d", body, self.url .. entry.path)
  return vim.json.decode(answer).choices[1].message.content, vim.json.decode(body)
end

-- ---- another Neovim ----

local Child = {}
Child.__index = Child

local count = 0

local INIT = [[
vim.opt.runtimepath:prepend(%q)
notices = {}
vim.notify = function(text, level) table.insert(notices, { text = text, level = level }) end
%s
]]

-- The command of a Neovim with this `setup`, Lua that calls it; or with options.init as its init.lua. Before it may be
-- a program with arguments.
local function command_of(setup, options)
  count = count + 1
  local init = ("%s/init%d.lua"):format(driver.place, count)
  driver.write(init, options.init or INIT:format(driver.plugin, setup))
  local command = vim.list_extend(vim.list_extend({}, options.before or {}), { vim.v.progpath, "-u", init })
  return vim.list_extend(command, options.arguments or { "-i", "NONE", "-n" })
end

-- Environment of a child: a home of its own, and nothing that leads to real accounts.
local function environment_of(options)
  local home = ("%s/home%d"):format(driver.place, count)
  vim.fn.mkdir(home .. "/tmp", "p")
  if options.furnish then options.furnish(home) end
  return vim.tbl_extend("force", {
    HOME = home, XDG_CONFIG_HOME = home .. "/config", XDG_DATA_HOME = home .. "/data",
    XDG_CACHE_HOME = home .. "/cache", XDG_STATE_HOME = home .. "/state", XDG_DATA_DIRS = "/nowhere",
    TMPDIR = home .. "/tmp", PATH = vim.env.PATH, LD_LIBRARY_PATH = vim.env.LD_LIBRARY_PATH, LC_ALL = "C.UTF-8",
    TERM = "xterm-256color", CHATABI_LIBRARY = vim.env.CHATABI_LIBRARY, GCE_METADATA_HOST = "127.0.0.1:1",
  }, options.env or {}), home
end

-- Setup for a server like OpenAI, where `more` are further lines.
function driver.setup(emulator, more)
  return ([[require("chatabi_nvim").setup {
    provider = "openai", base_url = %q, model = "gpt-4o-mini", auth = { "api_key", %q }, chatabi = %q, %s }]]):format(
    emulator.url .. "/v1", emulator.api_key, vim.env.CHATABI_MODULE, more or "")
end

function driver.start(setup, options)
  options = options or {}
  local command = command_of(setup, options)
  vim.list_extend(command, { "--embed", "--headless" })
  local environment, home = environment_of(options)
  local self = setmetatable({ errors = "", home = home }, Child)
  self.job = vim.fn.jobstart(command, {
    rpc = true, clear_env = true, env = environment,
    on_stderr = function(_, data) self.errors = self.errors .. table.concat(data, "\n") end,
    on_exit = function(_, code) self.code = code end,
  })
  assert(self.job > 0, "no Neovim")
  self.channel = self.job
  return self
end

-- One in a terminal, as a user has it: typed keys, a drawn screen.
function driver.start_terminal(setup, options)
  options = options or {}
  local command = command_of(setup, options)
  local environment, home = environment_of(options)
  local socket = ("%s/socket%d"):format(driver.place, count)
  vim.list_extend(command, { "--listen", socket })
  local self = setmetatable({ errors = "", home = home }, Child)
  self.job = vim.fn.jobstart(command, {
    pty = true, width = 100, height = 30, clear_env = true, env = environment,
    on_stdout = function(_, data)
      if options.on_output then options.on_output(data) end
    end,
    on_exit = function(_, code) self.code = code end,
  })
  assert(self.job > 0, "no Neovim")
  self.channel = driver.wait("a Neovim in a terminal", function()
    local good, channel = pcall(vim.fn.sockconnect, "pipe", socket, { rpc = true })
    return good and channel > 0 and channel
  end)
  return self
end

function Child:call(...) return vim.fn.rpcrequest(self.channel, ...) end
function Child:lua(code, ...) return self:call("nvim_exec_lua", code, { ... }) end
function Child:command(text) return self:call("nvim_command", text) end
function Child:input(keys) return self:call("nvim_input", keys) end
-- As input, for keys that end it: nothing is waited for.
function Child:input_last(keys) vim.fn.rpcnotify(self.channel, "nvim_input", keys) end
function Child:lines(buffer) return self:call("nvim_buf_get_lines", buffer or 0, 0, -1, false) end
function Child:text(buffer) return table.concat(self:lines(buffer), "\n") end
function Child:set_lines(lines) self:call("nvim_buf_set_lines", 0, 0, -1, false, lines) end
function Child:status() return self:lua [[return require("chatabi_nvim").status()]] end
function Child:notices() return self:lua [[local list = notices notices = {} return list]] end

-- Waits until nothing is under way.
function Child:settle(ms)
  driver.wait("the end of the answer", function() return self:status() == "" end, ms)
end

-- Waits until there is some text of an answer in the buffer.
function Child:coming(text)
  driver.wait("the beginning of the answer", function() return self:text():find(text or "[emulator]", 1, true) end)
end

function Child:has_ended() return self.code end

function Child:close()
  vim.fn.jobstop(self.job)
  vim.fn.jobwait({ self.job }, 3000)
end

-- ---- tests ----

local failed, passed = 0, 0

function driver.test(name, run)
  local from = driver.now_ms()
  local good, why = xpcall(run, debug.traceback)
  if good then passed = passed + 1 else failed = failed + 1 end
  say(("%s - %s (%.0f ms)"):format(good and "ok" or "not ok", name, driver.now_ms() - from))
  if not good then say("  " .. tostring(why):gsub("\n", "\n  ")) end
end

function driver.equal(found, expected, what)
  if vim.deep_equal(found, expected) then return end
  error(("%s: expected %s\nfound %s"):format(what or "it differs", vim.inspect(expected), vim.inspect(found)), 2)
end

-- Runs all(), which calls `test`, and ends this Neovim.
function driver.main(all)
  local good, why = xpcall(all, debug.traceback)
  if not good then
    failed = failed + 1
    say("not ok - " .. tostring(why))
  end
  say(("1..%d"):format(passed + failed))
  io.stdout:flush()
  vim.fn.delete(driver.place, "rf")
  vim.cmd(failed == 0 and passed > 0 and "qa!" or "cq!")
end

return driver
