-- SPDX-License-Identifier: MIT
-- How long this mod takes of the server's steps: the last ones, in microseconds.

local KEPT = 4096

local steptime = {}

local times, count = {}, 0

function steptime.add(us)
  count = count + 1
  times[(count - 1) % KEPT + 1] = us
end

-- Calls it, and adds what it took.
function steptime.measure(run, ...)
  local before = core.get_us_time()
  run(...)
  steptime.add(core.get_us_time() - before)
end

-- { steps, median, p99, max } of the steps that are kept; nil before the first.
function steptime.statistic()
  if count == 0 then return nil end
  local sorted = {}
  for at, us in ipairs(times) do sorted[at] = us end
  table.sort(sorted)
  local function at(share) return sorted[math.max(1, math.ceil(#sorted * share))] end
  return { steps = count, median = at(0.5), p99 = at(0.99), max = sorted[#sorted] }
end

function steptime.clear() times, count = {}, 0 end

return steptime
