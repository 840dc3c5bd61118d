-- SPDX-License-Identifier: MIT
-- Starts chatabi-emulator: the one beside the command, in the build tree of a checkout, or in the PATH.
local files = require "chatabi.cli.files"
local terminal = require "chatabi.cli.terminal"

local emulator = {}

local function find()
  local here = (arg and arg[0] or ""):match "^(.*)/" or "."
  for _, path in ipairs { here .. "/chatabi-emulator", here .. "/../../../build/spec/emulator/chatabi-emulator" } do
    local file = io.open(path, "rb")
    if file then
      file:close()
      return path
    end
  end
  local status = os.execute "command -v chatabi-emulator >/dev/null 2>&1"
  return (status == true or status == 0) and "chatabi-emulator" or nil
end

-- Its exit status as a shell would say it. os.execute tells wait's own number in Lua 5.1.
local function status_of(good, kind, code)
  if type(good) == "number" then return good < 256 and (good == 0 and 0 or 128 + good) or math.floor(good / 256) end
  if good then return 0 end
  return kind == "signal" and 128 + code or code or 1
end

-- Runs it with the words as its arguments; returns its exit status, or nil and what is wrong.
function emulator.serve(words)
  local program = find()
  if not program then
    return nil, "chatabi-emulator is not installed. It is built with -DCHATABI_BUILD_EMULATOR=ON."
  end
  local line = { "exec", files.quote(program) }
  for _, word in ipairs(words) do line[#line + 1] = files.quote(word) end
  if terminal.errors then terminal.say("dim", "To ask it, with the url below: chatabi --base-url URL/v1 Hello\n") end
  return status_of(os.execute(table.concat(line, " ")))
end

return emulator
