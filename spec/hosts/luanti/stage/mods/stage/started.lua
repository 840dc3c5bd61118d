-- SPDX-License-Identifier: MIT
-- Could the client be made?
local stage = ...

stage.test("villagers can talk", function()
  local good, text = stage.join("boss", { x = 0, y = 0, z = 0 }, { server = true, shout = true }):commands "status"
  assert(good, text)
end)
