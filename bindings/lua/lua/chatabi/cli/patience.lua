-- SPDX-License-Identifier: MIT
-- Waiting for an answer, in such a way that Ctrl-C ends it and the user sees what is waited for.
local terminal = require "chatabi.cli.terminal"

local patience = {}

patience.SLICE_S = 0.1

local STATES = {
  queued = "waiting for its turn", auth = "getting a token", connecting = "connecting",
  waiting = "waiting for the answer", streaming = "reading the answer", retrying = "trying again",
}
local SLICES_UNSEEN = 5

-- Says after a while what `stream` does; `slices` have gone by.
function patience.show(stream, slices)
  if slices < SLICES_UNSEEN then return end
  local what = STATES[stream:state()]
  if what then terminal.progress(("%s, %d s"):format(what, math.floor(slices * patience.SLICE_S))) end
end

-- Calls run(...) in a coroutine, where the waits of `client` come back here. Returns what it does.
function patience.run(client, run, ...)
  local routine, slices = coroutine.create(run), 0
  client:set_yield(coroutine.yield)
  local outcome = { coroutine.resume(routine, ...) }
  while coroutine.status(routine) ~= "dead" do
    local stream = outcome[2]
    patience.show(stream, slices)
    if terminal.interrupted() then stream:cancel() end
    client:ready(patience.SLICE_S)
    slices = slices + 1
    outcome = { coroutine.resume(routine) }
  end
  client:set_yield(nil)
  terminal.progress(nil)
  if not outcome[1] then error(outcome[2], 0) end
  return outcome[2], outcome[3]
end

return patience
