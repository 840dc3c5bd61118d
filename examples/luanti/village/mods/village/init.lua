-- SPDX-License-Identifier: MIT
-- A village to try villagers in: what it is built of, where, and who lives there.
local path = core.get_modpath "village"
dofile(path .. "/nodes.lua")
dofile(path .. "/map.lua")
dofile(path .. "/people.lua")
