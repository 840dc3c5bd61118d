-- SPDX-License-Identifier: MIT
-- What is wrong with a JSON text: raised inside the decoder, and caught at its door.
local fault = {}

local Failure = {}

function fault.fail(at, why) error(setmetatable({ at = at, why = why }, Failure), 0) end

-- Calls run(text): what it gives, or nil and what is wrong.
function fault.guarded(run, text)
  local good, value = pcall(run, text)
  if good then return value end
  if getmetatable(value) ~= Failure then error(value, 0) end
  return nil, ("%s at byte %d"):format(value.why, value.at)
end

return fault
