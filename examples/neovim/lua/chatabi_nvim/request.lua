-- SPDX-License-Identifier: MIT
-- One answer that comes while the editor goes on. libuv watches the stream's descriptor; what has come is read in the
-- main loop, a few milliseconds at a time, and handed on in one piece.
local clients = require "chatabi_nvim.clients"
local status = require "chatabi_nvim.status"

local uv = vim.uv or vim.loop

local request = {}

local PACE_MS = 30 -- from one look to the next: faster nobody reads, and each redraws
local PATIENCE, SLOWEST_MS = 4, 2000 -- where redrawing takes long: so many times as long it is left alone
local BUDGET_NS = 4e6 -- for reading in one look, so that a key is never kept waiting

local Request = {}
Request.__index = Request

local active = {} -- set of those that have not ended

-- ---- ending ----

local function release(self)
  if self.poll and not self.poll:is_closing() then self.poll:close() end -- before its descriptor
  if self.timer and not self.timer:is_closing() then self.timer:close() end
  if self.stream then self.stream:close() end
  self.poll, self.timer, self.stream = nil, nil, nil
end

local function finish(self, answer, err)
  if self.ended then return end
  self.ended = true
  active[self] = nil
  release(self)
  status.update()
  if err and err.name == "UNAUTHENTICATED" then clients.refused(self.server) end
  if self.on_done then self.on_done(answer, err) end
end

local function error_of(err)
  if type(err) == "table" then return err end
  return { name = "CONFIG", message = err }
end

-- Ends it at once, also before anything has come, and closes the connection. `on_done` gets the error CANCELLED.
function Request:stop()
  if self.ended then return end
  local err = { name = "CANCELLED", message = "The request was cancelled." }
  if self.stream then
    self.stream:cancel()
    local _, cancelled = self.stream:next(0)
    err = cancelled or err
  end
  finish(self, nil, err)
end

-- ---- reading ----

-- The text that has come since the last look.
local function read(self)
  local parts, limit = {}, uv.hrtime() + BUDGET_NS
  for chunk in self.stream:drain() do
    local text = chunk.type == "refusal" and chunk.refusal or chunk.text
    if text ~= "" then
      parts[#parts + 1] = text
    elseif chunk.type == "reasoning" then
      self.thinking = true
    end
    if uv.hrtime() > limit then break end
  end
  local text = table.concat(parts)
  if text ~= "" then
    self.thinking = false
    self.bytes = self.bytes + #text
    self.first_text_ns = self.first_text_ns or uv.hrtime()
  end
  return text
end

-- Hands text on. False when its place could not be written to just now: then the text is kept there, and asked for
-- again with an empty one.
local function hand_on(self, text)
  if not self.on_text or text == "" and not self.held then return true end
  local good, held = pcall(self.on_text, text)
  if not good then
    finish(self, nil, { name = "ARG", message = tostring(held) })
    return false
  end
  self.held = held == false
  return not self.held
end

local look

-- Where a descriptor cannot be watched, there are only looks.
local function go_on(self)
  if self.ended then return end
  if self.held or not self.poll then return vim.schedule(function() look(self) end) end
  self.poll:start("r", function()
    self.poll:stop()
    vim.schedule(function() look(self) end)
  end)
end

-- Waits for its pace. That the editor was busy for longer meanwhile, because a line of megabytes is drawn, shows in how
-- late this timer is: then keys have their turn first.
local function rest(self)
  local from = uv.hrtime()
  self.timer:start(PACE_MS, 0, function()
    if self.ended then return end
    local passed_ms = (uv.hrtime() - from) / 1e6
    if passed_ms < 2 * PACE_MS then return go_on(self) end
    self.timer:start(math.floor(math.min(passed_ms * PATIENCE, SLOWEST_MS)), 0, function() go_on(self) end)
  end)
end

function look(self)
  if self.ended then return end
  local handed = hand_on(self, read(self))
  if self.ended then return end
  if handed and self.stream:done() then return finish(self, self.stream:result()) end
  rest(self)
end

-- ---- beginning ----

local function begin(self, client, body)
  local good, stream, err = pcall(client.stream, client, body)
  if not good then return finish(self, nil, { name = "ARG", message = tostring(stream) }) end
  if not stream then return finish(self, nil, err) end
  self.stream, self.timer = stream, uv.new_timer()
  local fd = stream:pollfd()
  local watched, poll = pcall(uv.new_poll, fd)
  self.poll = watched and poll or nil
  go_on(self)
end

-- Sends `body`: a text, messages or a whole body. `options`: server, buffer (that it belongs to), on_text(text) ->
-- false when it has to be called again, on_done(answer, err).
function request.send(body, options)
  local self = setmetatable({
    server = options.server,
    buffer = options.buffer,
    on_text = options.on_text,
    on_done = options.on_done,
    started_ns = uv.hrtime(),
    bytes = 0, -- of text
  }, Request)
  active[self] = true
  status.update()
  clients.get(self.server, function(client, err)
    if self.ended then return end
    if not client then return finish(self, nil, error_of(err)) end
    begin(self, client, body)
  end)
  return self
end

-- ---- all of them ----

-- What is going on, in a few words, and for how long.
function Request:state()
  if not self.stream then return "auth" end
  if self.thinking then return "thinking" end
  if self.first_text_ns then return "streaming" end
  return self.stream:state()
end

function request.active() return active end

-- Those of a buffer when it has any, else all.
function request.stop_all(buffer)
  local list, own = {}, {}
  for one in pairs(active) do
    list[#list + 1] = one
    if buffer and one.buffer == buffer then own[#own + 1] = one end
  end
  for _, one in ipairs(own[1] and own or list) do one:stop() end
end

-- The end of Neovim: whoever watches a descriptor lets go of it, and nothing is written any more.
vim.api.nvim_create_autocmd("VimLeavePre", {
  group = vim.api.nvim_create_augroup("chatabi_nvim", { clear = true }),
  callback = function()
    for one in pairs(active) do
      one.ended = true
      release(one)
    end
    active = {}
    clients.close_all()
  end,
})

return request
