-- SPDX-License-Identifier: MIT
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local path
before_each(function()
  path = os.tmpname()
  os.remove(path)
end)
after_each(function() os.remove(path) end)

local function read(stream)
  local texts = {}
  for chunk in stream do texts[#texts + 1] = chunk.text end
  return texts
end

-- Nobody is there to ask: only the recording.
local function player() return assert(chatabi.new { replay = path, model = "gpt-4o-mini" }) end

describe("a recording", function()
  it("gives the same chunks", function()
    local recorded = read(helper.client({ record = path }):stream "Hello")
    assert.is_true(#recorded > 2)
    assert.same(recorded, read(player():stream "Hello"))
  end)

  it("is there as soon as the answer is", function()
    local answer = assert(helper.client({ record = path }):chat "Hello")
    assert.equal(answer.text, assert(player():chat "Hello").text)
  end)

  it("gives the same error", function()
    local _, recorded = helper.client({ record = path }):chat("Hello", helper.fault "status=403")
    local answer, err = player():chat "Hello"
    assert.is_nil(answer)
    assert.equal("PERMISSION", err.name)
    assert.equal(recorded.message, err.message)
    assert.equal(403, err.status)
  end)

  it("does not answer what was not asked", function()
    assert(helper.client({ record = path }):chat "Hello")
    local answer, err = player():chat { messages = { { role = "user", content = "Hello" } }, seed = 1 }
    assert.is_nil(answer)
    assert.equal("REPLAY", err.name)
    assert.equal(chatabi.errors.REPLAY, err.code)
    assert.matches("/seed", err.message, 1, true)
  end)

  it("has to be one", function()
    local file = assert(io.open(path, "w"))
    file:write "{}\n"
    file:close()
    local answer, err = player():chat "Hello"
    assert.is_nil(answer)
    assert.equal("CONFIG", err.name)
    assert.matches("line 1", err.message, 1, true)
  end)
end)

-- The example of core/RECORDING.md with its files in another place, and the emulator for the real model.
describe("the page about recordings", function()
  local page = assert(io.open "core/RECORDING.md"):read "*a"
  local example = assert(page:match "```lua\n(.-)```")

  local function run(mode)
    local made
    local world = setmetatable({
      os = { getenv = function(name) return name == "RECORD" and mode == "record" and "1" or nil end },
      require = function(name)
        assert(name == "chatabi")
        return {
          new = function(options)
            made = options
            assert(options[mode])
            options[mode] = path
            if mode == "record" then options.base_url, options.project = helper.client_url(), nil end
            return chatabi.new(options)
          end,
        }
      end,
    }, { __index = _G })
    local chunk
    if setfenv then
      chunk = setfenv(assert(loadstring(example)), world)
    else
      chunk = assert(load(example, "example", "t", world))
    end
    chunk()
    assert.is_table(made)
  end

  it("has an example that works", function()
    assert.is_false((pcall(run, "replay")))
    run "record"
    run "replay"
  end)
end)
