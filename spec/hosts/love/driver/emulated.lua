-- SPDX-License-Identifier: MIT
-- With a server: what is cancelled is never heard of again, what is typed is asked, and tools work as in the story.
local driver = require "driver"
local http = require "socket.http" -- LÖVE has it

local scene = driver.scene()
local people = scene.characters
local heard = {}

for number, one in ipairs(people) do
  heard[number] = 0
  local hear = one.heard
  function one.heard(self, text)
    hear(self, text)
    heard[number] = heard[number] + 1
  end
end

local function set(choice, fault)
  for _, one in ipairs(people) do
    local talk = one.talker.conversation
    talk.body.tool_choice, talk.options = choice, fault and { headers = { ["x-emulator-fault"] = fault } }
  end
end

-- ---- cancelling ----

set("none", "long=900") -- long enough that nobody ends by himself
driver.check(scene.talk:busy_count() == 0, "nobody is asked before a key is pressed: it would cost money")
driver.press "space"
driver.wait("all speak", 20, function()
  for number in ipairs(people) do
    if heard[number] < 3 then return false end
  end
  return true
end)
driver.press("3", true)
local third, fifth = heard[3], heard[5]
driver.check(not people[3].talker:is_busy() and people[5].talker:is_busy(), "one of them is quiet")
driver.sleep(0.7)
driver.check(heard[3] == third, "nothing is heard of it after the key")
driver.check(heard[5] > fifth, "the others go on")
driver.check(people[3].bubble.text:find(" —$"), "what was said is cut visibly")
driver.press "backspace"
local all = {}
for number in ipairs(people) do all[number] = heard[number] end
driver.check(scene.talk:busy_count() == 0, "all are quiet")
driver.sleep(0.7)
for number in ipairs(people) do driver.check(heard[number] == all[number], "nothing is heard of any after the key") end
for _, one in ipairs(people) do driver.check(#one.talker.conversation.messages == 1, "nothing of it is remembered") end
local stats = http.request(os.getenv "HARBOUR_EMULATOR" .. "/emulator/stats")
driver.check(stats:find('"disconnected":8[,}]'), "the server saw eight answers end early: " .. stats)
print "ok cancelled turns are not heard of again, and the server has stopped"

-- ---- a tool, and what one types ----

set(nil, nil)
driver.press "7"
driver.wait("Piet has called a tool and answered", 20, function() return not people[7].talker:is_busy() end)
driver.check(#people[7].bubble.signs >= 1 and scene.state.changes > 0, "a call has changed the scene")
driver.check(people[7].talker.emulated, "whose words these are can be told")
print "ok a tool changes the scene"

driver.press "return"
for letter in ("Grüß Gott!"):gmatch "[^\128-\191][\128-\191]*" do driver.type(letter) end
coroutine.yield()
driver.press "backspace"
driver.press "return"
driver.wait("the answer", 20, function() return not people[7].talker:is_busy() end)
local messages = people[7].talker.conversation.messages
local asked
for _, message in ipairs(messages) do asked = message.role == "user" and message.content or asked end
driver.check(asked == "Grüß Gott", "what was typed is asked: " .. tostring(asked))
print "ok what is typed is asked"
