-- SPDX-License-Identifier: MIT
-- Files in which the command chatabi keeps conversations.
local files = require "chatabi.cli.files"

local function mode_of(path)
  local pipe = io.popen("stat -c %a " .. files.quote(path))
  local mode = pipe:read "*l"
  pipe:close()
  return mode
end

describe("a file of a conversation", function()
  local path

  before_each(function()
    path = os.tmpname()
    os.remove(path)
    path = path .. " it's"
  end)

  after_each(function() os.remove(path) end)

  it("is made for the user alone and replaced as a whole", function()
    assert.is_false(files.exists(path))
    assert(files.write(path, "one\n"))
    assert.is_true(files.exists(path))
    assert.equal("600", mode_of(path))
    assert(files.write(path, "two"))
    assert.equal("two", files.read(path))
    assert.is_false(files.exists(path .. ".new"))
  end)

  it("that cannot be read or written is named", function()
    local text, err = files.read(path)
    assert.is_nil(text)
    assert.matches("it's: No such file", err.message)
    text, err = files.read "/"
    assert.is_nil(text)
    assert.matches("^/: ", err.message)
    local good
    good, err = files.write("/nowhere/talk.json", "x")
    assert.is_nil(good)
    assert.equal("/nowhere/talk.json: its directory cannot be written to", err.message)
    good, err = files.check "/nowhere/talk.json"
    assert.is_nil(good)
    assert.equal("/nowhere/talk.json: its directory cannot be written to", err.message)
  end)
end)
