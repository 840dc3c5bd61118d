-- SPDX-License-Identifier: MIT
-- What villagers do in the world when a model calls tools, several at once.
local stage = ...

chatabi_villager.register_gate("stage:gate_shut", "stage:gate_open")

local function kind(id, definition)
  definition.personality = "You help with tests."
  chatabi_villager.register_villager("stage:" .. id, definition)
  return "stage:" .. id
end

local function heard(player, text)
  local good, found = pcall(stage.wait, "somebody says: " .. text, function() return player:read(text) end)
  return good and found or error(("%s; but: %s"):format(found, table.concat(player.chat, " | ")), 2)
end

-- What a talk ends with, when all went well.
local function answered(player) return heard(player, "all is well.") end

-- The last sentence is said before the answer is complete.
local function complete(villager)
  return stage.wait("the answer is complete", function() return villager.fades_at end)
end

-- ---- items ----

local baker = kind("baker", { name = "Baker", goods = { ["stage:bread"] = 3 }, tools = { "give_item" } })

stage.test("a villager gives something out of its stock, and speaks in whole sentences", function()
  local villager, player = stage.meet(baker, "items")
  player:says "Have you some bread?"
  answered(player)
  assert(player.inventory:contains_item("main", "stage:bread 1"), "there is no bread in the inventory")
  assert(villager.stock["stage:bread"] == 2, "the stock has not become less")
  assert(player:read "Baker: [emulator] canned reply", "the villager's name is not before what it says")
  local line = player:read "so here is what it means: all is well."
  assert(line and line:find "^Baker: ", "the sentence is not one line of the chat")
end)

stage.test("the text over the head grows while the answer comes, and the name comes back", function()
  local villager, player = stage.meet(kind("teller", { name = "Teller", tools = {} }), "bubble")
  assert(villager.object:get_properties().nametag == "Teller")
  player:says "Tell me something."
  local seen, count = {}, 0
  stage.wait("it is over", function()
    local tag = villager.object:get_properties().nametag
    if not seen[tag] then seen[tag], count = true, count + 1 end
    return villager.fades_at
  end)
  assert(seen["Teller …"], "nothing shows that it thinks")
  assert(count >= 3, "the text was changed only " .. count .. " times")
  stage.wait("the name is back", function() return villager.object:get_properties().nametag == "Teller" end)
end)

stage.test("a full inventory is told to the model, and nothing is lost", function()
  local villager, player = stage.meet(baker, "full")
  for at = 1, 8 do player.inventory:set_stack("main", at, "stage:stone 99") end
  player:says "Bread, please."
  heard(player, "inventory is full")
  answered(player)
  assert(villager.stock["stage:bread"] == 3, "the stock has become less")
end)

-- ---- what is said ----

stage.test("a long text is cut between two letters, and bytes that are no text end no server", function()
  local villager, player = stage.meet(kind("reader", { name = "Reader", tools = {} }), "writer")
  assert(chatabi_villager.hear(villager, "writer", "a" .. ("я"):rep(400)))
  complete(villager)
  player:says "Reader, \255\254"
  assert(player:read "Reader does not understand you.", table.concat(player.chat, " | "))
end)

-- ---- gates ----

local GATE = { { x = -1, y = 0, z = 4 }, { x = 0, y = 0, z = 4 }, { x = 0, y = 1, z = 4 } }

local function build_gate(middle)
  for _, part in ipairs(GATE) do core.set_node(vector.add(middle, part), { name = "stage:gate_shut", param2 = 1 }) end
end

local function gate_is(middle, name)
  for _, part in ipairs(GATE) do
    local node = core.get_node(vector.add(middle, part))
    if node.name ~= name or node.param2 ~= 1 then return false end
  end
  return true
end

local keeper = kind("keeper", { name = "Keeper", tools = { "open_gate", "shut_gate" } })
local opener = kind("opener", { name = "Opener", tools = { "open_gate" } })

stage.test("a gate is opened with all its parts, and shut again in the next round", function()
  local _, player, middle = stage.meet(keeper, "gate")
  build_gate(middle)
  player:says "In two: in steps, open it and shut it."
  stage.wait("the gate is open", function() return gate_is(middle, "stage:gate_open") end)
  stage.wait("the gate is shut", function() return gate_is(middle, "stage:gate_shut") end)
  answered(player)
end)

stage.test("a gate that is not there is told to the model", function()
  local _, player = stage.meet(opener, "no_gate")
  player:says "Open the gate."
  heard(player, "There is no gate near here.")
end)

stage.test("a gate that the player may not touch stays shut", function()
  local _, player, middle = stage.meet(opener, "thief")
  build_gate(middle)
  local is_protected = core.is_protected
  function core.is_protected(position, name) return name == "thief" or is_protected(position, name) end
  player:says "Open the gate."
  heard(player, "belongs to somebody else")
  assert(gate_is(middle, "stage:gate_shut"))
end)

-- ---- walking ----

local walker = kind("walker", { name = "Walker", goods = { ["stage:bread"] = 3 }, tools = { "give_item", "go_to" } })

stage.test("two calls at once: the second is answered when the villager has walked there", function()
  local villager, player, middle = stage.meet(walker, "parallel")
  local from = villager.object:get_pos()
  player.position = { x = middle.x + 6, y = 0.5, z = middle.z + 5 }
  player:says "Walker, in parallel: bread, and come to me."
  stage.wait("bread is there", function() return player.inventory:contains_item("main", "stage:bread") end)
  answered(player)
  complete(villager)
  local now = villager.object:get_pos()
  assert(vector.distance(now, player.position) < 1.5, "it is at " .. core.pos_to_string(now, 1))
  assert(vector.distance(now, from) > 5)
end)

local lost = kind("lost", { name = "Lost", tools = { "go_to" } })

stage.test("a place without a way is told to the model", function()
  local _, player, middle = stage.meet(lost, "lost")
  player.position = { x = middle.x, y = 9, z = middle.z }
  player:says "Lost, come."
  heard(player, "There is no way")
end)

local follower = kind("follower", { name = "Follower", tools = { "follow", "stay" } })

stage.test("a villager walks after a player, and stays in the next round", function()
  local villager, player, middle = stage.meet(follower, "follow")
  player:says "Come along."
  stage.wait("it follows", function() return villager.goal end)
  player.position = { x = middle.x + 8, y = 0.5, z = middle.z }
  stage.wait("it is near", function() return vector.distance(villager.object:get_pos(), player.position) < 3.5 end)
  player:says "Do it twice: come, and stay."
  stage.wait("it stands still", function() return not villager.goal end)
end)

local watcher = kind("watcher", {
  name = "Watcher",
  tools = { "look_around" },
  places = { well = { x = 0, y = 0, z = 0 } },
})

stage.test("what a villager sees reaches the model", function()
  local _, player = stage.meet(watcher, "seen")
  player:says "What do you see?"
  heard(player, "stage:ground")
end)

-- ---- tools of other mods ----

local function own(id, tool)
  tool.description = tool.description or "A test."
  return kind(id, { name = id, tools = { [id .. "_tool"] = tool } })
end

stage.test("a tool that raises is told to the model, and the server goes on", function()
  local _, player = stage.meet(own("raiser", { run = function() error "the well is dry" end }), "raiser")
  player:says "Do it."
  heard(player, "The tool failed: the well is dry")
end)

stage.test("a tool that never answers is given up", function()
  local slow = own("slow", { timeout_s = 0.4, run = function() return chatabi_villager.LATER end })
  local _, player = stage.meet(slow, "slow")
  player:says "Do it."
  heard(player, "It took too long.")
end)

stage.test("arguments follow the schema, and a tool that is answered later may give a table", function()
  local got
  local later = own("later", {
    parameters = { mood = { "glad", "sad" }, times = "integer" },
    run = function(arguments, context)
      got = arguments
      core.after(0.2, function() context.answer { mood = arguments.mood } end)
      return chatabi_villager.LATER
    end,
  })
  local _, player = stage.meet(later, "later")
  player:says "Do it."
  heard(player, '{"mood":"glad"}')
  assert(got.mood == "glad" and got.times == 1)
end)

-- ---- the model does not end ----

local endless = kind("endless", { name = "Endless", tools = { "give_item" },
  goods = { ["stage:bread"] = 3 }, max_rounds = 2 })

stage.test("a model that does not stop calling tools is stopped", function()
  local _, player = stage.meet(endless, "endless", { shout = true, server = true })
  player:says "Go on giving, in steps, without end."
  heard(player, "Endless cannot answer you (TOO_MANY). The model does not stop calling tools")
  assert(player.inventory:contains_item("main", "stage:bread 1"), "the first call was not done")
  assert(not player.inventory:contains_item("main", "stage:bread 2"), "the last call was done")
end)

-- ---- thought signatures ----

-- The emulator refuses a call of Gemini 3's whose signature is not the one that it gave; world.sh counts them.
stage.test("signatures go back byte for byte over four turns", function()
  local villager, player = stage.meet(walker, "signed")
  for turn = 1, 4 do
    player.chat = {}
    player:says("This is turn " .. turn .. ".")
    if turn < 4 then answered(player) else heard(player, "You have only 0") end
    complete(villager)
  end
end)

-- ---- many ----

stage.test("six players talk to six villagers at once, and two of them to the same", function()
  local players = {}
  for at = 1, 6 do
    local _, player, middle = stage.meet(walker, "crowd" .. at)
    players[at] = player
    if at == 6 then players[7] = stage.join("crowd7", { x = middle.x - 2, y = 0.5, z = middle.z }) end
  end
  for at, player in ipairs(players) do player:says("Here is number " .. at .. ".") end
  for at, player in ipairs(players) do
    answered(player)
    stage.wait("each got one", function() return player.inventory:contains_item("main", "stage:bread") end)
    if at < 6 then assert(not player:read "crowd", "a player hears of others") end
  end
end)
