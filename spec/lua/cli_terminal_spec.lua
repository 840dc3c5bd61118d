-- SPDX-License-Identifier: MIT
-- What the command chatabi lets through to a terminal.
local terminal = require "chatabi.cli.terminal"

describe("text of a stranger", function()
  it("loses what commands a terminal", function()
    assert.equal("a[31mb]0;title\nc\td", terminal.clean "a\27[31mb\27]0;title\7\nc\r\td\127")
    assert.equal("a2Jb", terminal.clean "a\194\1552Jb\0")
  end)

  it("keeps its letters", function()
    local text = "Grüße, 世界 🌙\194\160\n"
    assert.equal(text, terminal.clean(text))
  end)
end)
