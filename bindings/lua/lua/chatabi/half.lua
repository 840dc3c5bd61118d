-- SPDX-License-Identifier: MIT
-- The half of the module that talks to the library: chatabi.core, compiled for this Lua, or, where LuaJIT does not
-- find it, chatabi.ffi, which does the same over LuaJIT's FFI.
local good, core = pcall(require, "chatabi.core")
if good then return core end
if not jit then error(core, 0) end

local fine, ffi = pcall(require, "chatabi.ffi")
if fine then return ffi end
error(tostring(core) .. "\n" .. tostring(ffi), 0)
