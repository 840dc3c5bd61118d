-- SPDX-License-Identifier: MIT
-- Who lives in the village. Each can do only what is named here.

chatabi_villager.register_villager("village:mira", {
  name = "Mira",
  personality = "You are the baker: warm, curious, always a little floury. You have loaves and apples to give away, "
    .. "one or two to each guest, and more to those who are kind.",
  goods = { ["village:bread"] = 40, ["village:apple"] = 20 },
  look = { shirt = "#c9a14a", apron = "#f1ead8", hair = "#7a3b1d", hat = "#f1ead8", trousers = "#7c5a3a" },
  tools = { "give_item", "look_around" },
})

chatabi_villager.register_villager("village:otto", {
  name = "Otto",
  personality = "You keep the gate in the south: gruff, dutiful, fond of riddles. You open the gate to "
    .. "whoever asks politely, and shut it in the evening.",
  look = { shirt = "#3f5a7d", apron = "#8a8f98", hair = "#8d8d8d", beard = "#9a9a9a", hat = "#4b4f57" },
  tools = { "open_gate", "shut_gate" },
})

chatabi_villager.register_villager("village:ilse", {
  name = "Ilse",
  personality = "You show guests around and know every story of the village: quick, cheerful, a bit of a gossip.",
  places = {
    well = { x = 0, y = 9, z = -3 },
    bakery = { x = -11, y = 9, z = 2 },
    gate = { x = 0, y = 9, z = -15 },
  },
  look = { shirt = "#7d3f63", apron = "#5d2c49", hair = "#d8b25a", hat = "#5d2c49", trousers = "#43324e" },
  tools = {
    "follow", "go_to", "stay", "look_around",
    tell_story = {
      description = "Gives you the beginning of an old story, to be told in your own words.",
      run = function()
        local stories = {
          "The well once answered a question, and the asker never asked another.",
          "The first gate was painted blue, so that the night would take it for the sky.",
          "A baker paid for her house in bread, a loaf a day, for eleven years.",
        }
        return stories[math.random(#stories)]
      end,
    },
  },
})

-- ---- they come once, when the village is there ----

local HOMES = {
  ["village:mira"] = { x = -2.5, y = 8.5, z = -13 },
  ["village:otto"] = { x = 2.2, y = 8.5, z = -16 },
  ["village:ilse"] = { x = 0.5, y = 8.5, z = -11 },
}

local storage = core.get_mod_storage()

local function move_in()
  for id, home in pairs(HOMES) do
    local villager = chatabi_villager.spawn(id, home)
    if villager then villager.object:set_yaw(math.pi) end
  end
  storage:set_int("peopled", 1)
end

core.register_on_joinplayer(function(player)
  player:hud_set_flags { minimap = false }
  if storage:get_int "peopled" == 1 then return end
  core.emerge_area({ x = -20, y = 0, z = -20 }, { x = 20, y = 20, z = 20 }, function(_, _, left)
    if left == 0 and storage:get_int "peopled" == 0 then move_in() end
  end)
end)
