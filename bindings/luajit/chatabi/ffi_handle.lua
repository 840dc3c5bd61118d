-- SPDX-License-Identifier: MIT
-- The life of a handle in a table of metatable `Type`: _handle is owned, and false once closed.
--
-- LuaJIT may collect garbage wherever it allocates, and where it leaves compiled code, and a finalizer of the program's
-- may then close the very handle that is in use. So whoever calls the library with it holds it from before it is
-- fetched until what the library lent is copied. What is closed meanwhile is freed at the release (_doomed). One that
-- is never released, as Ctrl-C ended the call, is freed by the collector.
local ffi = require "ffi"
local argument = require "chatabi.ffi_argument"

-- `free` releases the handle, `stop` ends what it does.
return function(Type, closed, free, stop)
  local handles = {}

  -- A table that owns `handle`, with these fields.
  function handles.own(handle, fields)
    fields._handle = ffi.gc(handle, free)
    fields._held, fields._doomed, fields._notes = false, false, {}
    return setmetatable(fields, Type)
  end

  -- Both: the handle, and what `release` wants to know.
  function handles.hold(self)
    if getmetatable(self) ~= Type then argument.wrong_type(1, Type.__name, self, 2) end
    local before = self._held
    self._held = true
    local handle = self._handle
    if not handle then
      self._held = before
      error(closed, 3)
    end
    return handle, before
  end

  function handles.release(self, before)
    self._held = before
    local doomed = not before and self._doomed
    if doomed then
      self._doomed = false
      free(ffi.gc(doomed, nil))
    end
  end

  -- For what does not call the library.
  function handles.check(self)
    if getmetatable(self) ~= Type then argument.wrong_type(1, Type.__name, self, 2) end
    if not self._handle then error(closed, 3) end
  end

  function handles.close(self)
    if getmetatable(self) ~= Type then argument.wrong_type(1, Type.__name, self, 1) end
    local handle = self._handle
    self._handle = false
    if not handle then return end
    if self._held then
      self._doomed = handle
      stop(handle)
    else
      free(ffi.gc(handle, nil))
    end
  end

  -- The protocol of cqueues: what to poll, for what, and for how long at most (nil: no limit); then LuaSocket's.
  function handles.add_pollable(methods, descriptor)
    function methods.pollfd(self)
      local handle, before = handles.hold(self)
      local fd = descriptor(handle)
      handles.release(self, before)
      if fd < 0 then return nil end
      return fd
    end

    function methods.events(self)
      handles.check(self)
      return "r"
    end

    function methods.timeout(self)
      handles.check(self)
      return nil
    end

    function methods.dirty(self)
      handles.check(self)
      return false
    end

    methods.getfd = methods.pollfd
  end

  return handles
end
