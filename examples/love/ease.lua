-- SPDX-License-Identifier: MIT
-- Motion and mixtures.
local ease = {}

function ease.clamp(value, least, most) return math.max(least, math.min(most, value)) end

function ease.mix(a, b, share) return a + (b - a) * share end

-- Slow at both ends.
function ease.smooth(share)
  share = ease.clamp(share, 0, 1)
  return share * share * (3 - 2 * share)
end

-- Overshoots a little before it rests: for what pops up.
function ease.out_back(share)
  local rest = ease.clamp(share, 0, 1) - 1
  return 1 + 2.2 * rest * rest * rest + 1.2 * rest * rest
end

-- Nearer to the goal, the same at every frame rate; `rate` is per second.
function ease.toward(value, goal, rate, dt) return goal + (value - goal) * math.exp(-rate * dt) end

-- A number between 0 and 1 that belongs to `n`: the same leaf or window each time.
function ease.noise(n)
  local value = math.sin(n * 12.9898) * 43758.5453
  return value - math.floor(value)
end

return ease
