-- SPDX-License-Identifier: MIT
-- Who writes the words. Without any configuration it is story.jsonl, a recording that the library plays: no server, no
-- account. With CHATABI_CONFIG it is the server that this file names, and with the argument "live" Gemini on Vertex AI,
-- by the credentials of the environment.
local source = {}

-- The library opens a file by its path; inside of a .love file there is none, so the recording is copied out of it.
local function path_of(name)
  local path = love.filesystem.getSource() .. "/" .. name
  local file = io.open(path, "rb")
  if file then
    file:close()
    return path
  end
  assert(love.filesystem.write(name, assert(love.filesystem.read(name))))
  return love.filesystem.getSaveDirectory() .. "/" .. name
end

local function has(arguments, word)
  for _, argument in ipairs(arguments or {}) do
    if argument == word then return true end
  end
  return false
end

function source.choose(arguments)
  if os.getenv "CHATABI_CONFIG" or has(arguments, "live") then
    return { options = { model = "google/gemini-2.5-flash" } }
  end
  return { options = { replay = path_of "story.jsonl", replay_timing = "recorded" }, is_story = true }
end

-- What is told on the screen.
function source.label(scene)
  if scene.source.is_story then return "a written story is played: no model is called" end
  for _, one in ipairs(scene.characters) do
    if one.talker.emulated then return "emulator: canned words, no model is called" end
  end
  return "live"
end

return source
