-- SPDX-License-Identifier: MIT
-- Without any configuration: the written story is played, and what the characters call changes the scene.
local driver = require "driver"

local scene = driver.scene()
local people = scene.characters
local passed = 0

local function shown(what)
  passed = passed + 1
  print("ok " .. what)
end

local function text_of(number) return people[number].bubble.text or "" end

local function said(number, words)
  driver.wait(people[number].person.name .. " says: " .. words, 25, function()
    return not people[number].talker:is_busy() and text_of(number):find(words, 1, true)
  end)
end

local function same_row_apart()
  for at, one in ipairs(people) do
    local own = one.bubble
    if own.row then
      driver.check(own.goal_x >= 134 and own.goal_x <= 1146, "the bubble of " .. one.person.name .. " is on the screen")
    end
    for other = at + 1, #people do
      local near = people[other].bubble
      local both = own.row and own.row == near.row
      driver.check(not both or math.abs(own.goal_x - near.goal_x) >= 268, "bubbles do not lie on each other")
    end
  end
end

-- ---- the story begins by itself ----

driver.wait("all eight speak or have spoken", 20, function()
  same_row_apart()
  for number in ipairs(people) do
    if text_of(number) == "" then return false end
  end
  return true
end)
shown "all speak at once, and no bubble lies on another"

driver.wait("the first words are over", 25, function()
  same_row_apart()
  return scene.talk:busy_count() == 0
end)
driver.check(text_of(3):find("à pied.", 1, true) and text_of(6):find("“The Baker's Patience”", 1, true),
  "UTF-8 is whole")
driver.check(scene.state.lit[2] and scene.state.lit[4], "two calls at once light two lanterns")
driver.check(scene.state.sky == "rain" and scene.state.hour == "night", "the weather and the hour were changed")
driver.wait("it is seen", 5, function()
  return scene.lanterns.burns[2] > 0.8 and scene.weather.rain_share > 0.8 and scene.light.stars < 0.9
    and scene.light.ambient[1] < 0.6 and scene.lanterns.burns[1] < 0.01
end)
shown "parallel calls light two lanterns, it rains, and night falls"

-- ---- a tool that fails, and one that takes time ----

driver.press "2"
local x = people[1].x
driver.press "1"
driver.wait("Mirela walks", 10, function() return people[1].goal end)
driver.check(people[1].talker:is_busy(), "her turn waits for her feet")
said(1, "Who wants one while they are warm?")
driver.check(math.abs(people[1].x - x) > 300, "she is somewhere else")
shown "a call without run is answered when the walk is over"

said(2, "if nobody counts.")
local signs = people[2].bubble.signs
driver.check(#signs == 3 and signs[1].bad and not signs[2].bad and not signs[3].bad, "the first of three calls failed")
driver.check(not scene.state.lit[6] and scene.state.lit[5] and scene.state.lit[7], "six is dark, its neighbours burn")
shown "a tool that fails is told to the model, which takes others"

-- ---- silence ----

driver.press "4"
driver.press "5"
driver.press "6"
driver.wait("Ansel walks", 10, function() return people[4].goal end)
local length = #people[4].talker.conversation.messages
local before = scene.state.changes
driver.click(people[4].x, people[4].y - 40, 2)
driver.check(not people[4].talker:is_busy() and not people[4].goal, "a click of the right button ends it")
driver.check(people[4].bubble.failure == "interrupted", "the bubble says so")
driver.check(#people[4].talker.conversation.messages == length, "the conversation does not remember it")
said(5, "none of it is urgent.")
said(6, "Göteborg.")
driver.check(scene.state.changes == before, "nothing else has changed")
driver.press "4"
said(4, "that summer in Malmö.")
shown "one is interrupted in the midst of a walk, the others go on, and it can be asked again"

driver.press "return"
driver.check(scene.noticed, "one cannot type to a story")
driver.press "h"
driver.press "f1"
driver.check(not scene.shows_keys and not scene.shows_graph, "help and graph can be hidden")
shown "keys"
driver.press "escape"
driver.sleep(1)
error "escape did not quit"
