-- SPDX-License-Identifier: MIT
-- Talks that end before their time, the commands, and how villagers are spoken to.
local stage = ...

chatabi_villager.register_villager("stage:talker", {
  name = "Talker",
  personality = "You talk without end.",
  tools = {},
})

local ADMIN = { shout = true, server = true }

-- Somebody talks, and text comes.
local function talk(name, privileges)
  local villager, player, middle = stage.meet("stage:talker", name, privileges)
  player:says "Tell me a long story."
  stage.wait("text comes", function() return (villager.shown or "") ~= "" end)
  return villager, player, middle
end

local function is_still(villager)
  local shown = villager.shown
  stage.sleep(0.5)
  return villager.shown == shown
end

stage.test("/chatabi stop ends an answer", function()
  local villager, player = talk "stopper"
  local good, text = player:commands "stop"
  assert(good and text == "The villager falls silent.")
  assert(is_still(villager), "it goes on")
  good, text = player:commands "stop"
  assert(good and text == "No villager is answering you.")
end)

stage.test("speaking again interrupts", function()
  local villager, player = talk "interrupter"
  local before = villager.shown
  player:says "Wait, something else."
  assert(villager.shown == "", "the old answer stands")
  stage.wait("a new answer comes", function() return villager.shown ~= "" and villager.shown ~= before end)
  player:commands "stop"
end)

stage.test("a player who leaves is not talked to any more", function()
  local villager, player = talk "leaver"
  player:leaves()
  assert(is_still(villager), "it goes on")
end)

stage.test("a villager that is taken away falls silent", function()
  local villager, player = talk "remover"
  villager.object:remove()
  stage.sleep(0.2)
  local lines = #player.chat
  assert(is_still(villager) and #player.chat == lines, "it goes on")
  local _, text = player:commands "stop"
  assert(text == "No villager is answering you.")
end)

stage.test("a villager whose place is unloaded falls silent", function()
  local villager, player, middle = talk "unloader"
  stage.unload(middle)
  stage.wait("it is unloaded", function() return not villager.object:get_pos() end)
  local _, text = player:commands "stop"
  assert(text == "No villager is answering you.")
end)

stage.test("only a villager that is near, or called by its name, hears", function()
  local villager, player, middle = stage.meet("stage:talker", "far")
  player.position = { x = middle.x + 9, y = 0.5, z = middle.z }
  player:says "Is anybody there?"
  assert(not villager.shown, "it heard")
  player:says "talker: is anybody there?"
  assert(villager.shown, "it did not hear its name")
  player:commands "stop"
end)

stage.test("a right click opens a form, and what is written there is said", function()
  local villager, player, middle = stage.meet("stage:talker", "clicker")
  villager:on_rightclick(player)
  assert(player.form.text:find("Talker looks at you", 1, true))
  local function send(fields)
    for _, run in ipairs(core.registered_on_player_receive_fields) do
      if run(player, player.form.name, fields) then return end
    end
  end
  send { quit = "true", text = "no" }
  assert(not villager.shown, "closing the form says something")
  villager:on_rightclick(player)
  player.position = { x = middle.x + 50, y = 0.5, z = middle.z }
  send { speak = "Say", text = "from afar" }
  assert(not villager.shown, "a form was sent from afar")
  player.position = middle
  villager:on_rightclick(player)
  send { key_enter_field = "text", key_enter = "true", text = "Hello there" }
  assert(villager.shown)
  player:commands "stop"
end)

stage.test("a player without the privilege is not heard", function()
  local villager, player = stage.meet("stage:talker", "mute", {})
  player:says "Talker, hello."
  assert(not villager.shown)
  assert(select(2, chatabi_villager.hear(villager, "mute", "hello")) == "You are not allowed to talk to villagers.")
end)

stage.test("/chatabi status tells all to those who run the server, and to others what is theirs", function()
  local _, player = stage.meet("stage:talker", "asker")
  local good, text = player:commands "status"
  assert(good and text:find "tokens left today" and not text:find "Credential", text)
  local admin = stage.join("boss", { x = 0, y = 0, z = 0 }, ADMIN)
  stage.wait("steps are counted", function()
    good, text = admin:commands "status"
    return text:find "Time in %d+ steps with talks: median"
  end)
  assert(good and text:find "Credential: service_account of emulator@" and text:find "Requests: %d+", text)
  assert(not admin:commands "nonsense" and not player:commands "stop all")
end)

-- ---- afterwards, alone: they change settings that are for all ----

-- The emulator paces its answers: a step that waited for a piece of one would take 80 ms.
stage.test_last = function()
  stage.test("the mod takes little of the server's steps", function()
    local admin = stage.join("clock", { x = 0, y = 0, z = 0 }, ADMIN)
    local _, text = admin:commands "status"
    local line = text:match "Time in[^\n]+"
    print("time: " .. line)
    assert(tonumber(line:match "median ([%d.]+) ms") < 5, line)
    if core.settings:get "stage.strict" then assert(tonumber(line:match "p99 ([%d.]+) ms") < 20, line) end
  end)
end

local function limits()
  stage.test("a player who speaks too often is asked to wait", function()
    core.settings:set("chatabi_villager.player_messages_per_minute", "2")
    local villager, player = stage.meet("stage:talker", "hasty")
    for _ = 1, 3 do player:says "Hello." end
    assert(player:read "Not so fast")
    stage.wait("two were heard", function() return villager.shown ~= "" end)
    player:commands "stop"
    core.settings:set("chatabi_villager.player_messages_per_minute", "0")
  end)
  stage.after = function()
    stage.test("a player whose tokens of the day are used up is sent home, also after leaving", function()
      core.settings:set("chatabi_villager.player_tokens_per_day", "60")
      local villager, player = stage.meet("stage:talker", "spender")
      player:says "Tell me a very long story."
      stage.wait("text comes", function() return (villager.shown or "") ~= "" end)
      player:commands "stop" -- what was not finished is counted, too
      player:leaves()
      player = stage.join("spender", player.position)
      player:says "Another one."
      assert(player:read "You have talked a lot today.", table.concat(player.chat, "\n"))
      local _, text = player:commands "status"
      assert(text:find "You have 0 of 60 tokens left", text)
      local other = stage.join("other", player.position)
      other:says "And me?"
      assert(select(2, other:commands "stop") == "The villager falls silent.", "another is not heard")
    end)
    stage.after = stage.test_last
  end
end

stage.after = limits
