---@meta chatabi.loop
-- SPDX-License-Identifier: MIT
-- Types and documentation of event loops: the functions that wait in coroutines.

--- In a program with an event loop nothing may block. Give the client a function that waits the loop's way, its
--- `yield`; inside a coroutine every wait then goes through it: `chat`, `next`, `for` loops, conversations and their
--- tools. Outside of a coroutine waits block as ever.
---
--- | host | `yield` |
--- | --- | --- |
--- | cqueues | `chatabi.loop.cqueues()` |
--- | Copas | `chatabi.loop.copas()` |
--- | luv, Luvit | `chatabi.loop.luv()` |
--- | Neovim | `chatabi.loop.nvim()` |
--- | nginx with Lua, OpenResty | `chatabi.loop.nginx()` |
--- | a scheduler of your own | a function, see `chatabi.Yield` |
--- | none | `chatabi.loop.yield`, and `chatabi.loop.run` |
---
--- ```lua
--- local chatabi = require "chatabi"
--- local client = assert(chatabi.new {
---   project = "my-project",
---   model = "google/gemini-2.5-flash",
---   yield = chatabi.loop.yield,
--- })
--- local function ask(question) return function() print(assert(client:chat(question)).text) end end
--- chatabi.loop.run(ask "Name a river.", ask "Name a mountain.")
--- ```
---
--- In Lua 5.1 (not LuaJIT) nothing can yield across `pcall`, a metamethod or an iterator: there keep them out of the
--- way between the coroutine's function and a wait, and use `stream:next` in a `while` loop.
---
--- Without coroutines: poll `client:pollfd()` or `stream:pollfd()` for reading, and call `drain`.
---@class chatabi.loop
local loop = {}

--- For [cqueues](https://github.com/wahern/cqueues): its `poll`.
---@return chatabi.Yield yield For the option `yield`.
---@nodiscard
function loop.cqueues() end

--- For [Copas](https://github.com/lunarmodules/copas). Its first versions know no timeouts: there a wait ends when
--- something comes.
---@return chatabi.Yield yield For the option `yield`.
---@nodiscard
function loop.copas() end

--- For libuv, by [luv](https://github.com/luvit/luv).
---@param uv? table Default: `require "luv"`.
---@param schedule? fun(wake: function): function Wraps the callback, where a host restricts what one may do in it.
---@return chatabi.Yield yield For the option `yield`.
---@nodiscard
function loop.luv(uv, schedule) end

--- For Neovim: its libuv, with the callbacks where its API may be used.
---
--- ```lua
--- local client = assert(chatabi.new { project = "my-project", yield = chatabi.loop.nvim() })
--- coroutine.wrap(function() vim.notify(assert(client:chat "Hello").text) end)()
--- ```
---@return chatabi.Yield yield For the option `yield`.
---@nodiscard
function loop.nvim() end

--- For nginx with Lua, OpenResty: in every phase whose code may wait, and in timers. Elsewhere (`log_by_lua`, filters)
--- waits block the worker. nginx watches no descriptor of others, so one light thread for each worker asks for all
--- streams; what comes is seen about a millisecond later. Make the client in the worker, not in `init_by_lua`: a
--- program for it is `examples/nginx`.
---
--- ```lua
--- local client = assert(chatabi.new { project = "my-project", yield = chatabi.loop.nginx() })
--- for chunk in client:stream "Hello" do
---   ngx.print(chunk.text)
---   ngx.flush(true)
--- end
--- ```
---@return chatabi.Yield yield For the option `yield`.
---@nodiscard
function loop.nginx() end

--- The `yield` for coroutines that `loop.run` runs.
---@param pollable chatabi.Pollable What to wait for.
---@param timeout_s? number Seconds to wait at most.
---@return any ... What the coroutine is resumed with.
---@async
function loop.yield(pollable, timeout_s) end

--- Runs functions as coroutines, by turns, until all have ended. An error in one ends it all, and is raised.
---@param ... fun() The functions.
function loop.run(...) end

--- Adds a coroutine to the `loop.run` that is going on.
---@param run fun(...) Its function.
---@param ... any The function's arguments.
function loop.spawn(run, ...) end

--- What waits in a coroutine. It is called in the coroutine that wants to read when nothing is there, and returns
--- when `pollable` is readable or the time is over; earlier does no harm. `coroutine.yield` is one when the one who
--- resumes looks after the rest. Whoever watches the descriptor must let go of it before it returns: the descriptor
--- is closed with its stream. (`cqueues.poll` alone does not; `chatabi.loop.cqueues()` does.)
---@alias chatabi.Yield fun(pollable: chatabi.Pollable, timeout_s?: number): ...

--- What can be waited for: a stream, a turn or a client.
---@alias chatabi.Pollable chatabi.Stream|chatabi.Client

return loop
