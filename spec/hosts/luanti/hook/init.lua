-- SPDX-License-Identifier: MIT
-- Sets a debug hook, as every mod can, and keeps what it sees of the insecure environment.
stage_hook = {}
debug.sethook(function()
  local info = debug.getinfo(2, "f")
  local called = info and info.func
  if called and called ~= require and called ~= loadfile and pcall(getfenv, called) then
    local environment = getfenv(called)
    if type(environment) == "table" and rawget(environment, "dofile") and environment ~= _G then
      stage_hook.environment = true
    end
  end
end, "c")
