-- SPDX-License-Identifier: MIT
local core = require "chatabi.half"

describe("base64", function()
  it("writes what RFC 4648 gives as examples", function()
    local bytes = "foobar"
    local texts = { [0] = "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy" }
    for len = 0, #bytes do assert.equal(texts[len], core.base64(bytes:sub(1, len))) end
  end)

  it("uses the whole alphabet", function()
    local bytes = {}
    for value = 0, 63 do bytes[#bytes + 1] = value end
    -- sixteen groups of four sixes of bits, that count from 0 to 63
    local text = {}
    for i = 1, 64, 4 do
      local group = ((bytes[i] * 64 + bytes[i + 1]) * 64 + bytes[i + 2]) * 64 + bytes[i + 3]
      text[#text + 1] = string.char(math.floor(group / 65536), math.floor(group / 256) % 256, group % 256)
    end
    assert.equal("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", core.base64(table.concat(text)))
  end)

  it("takes any byte", function()
    assert.equal("AAAA", core.base64 "\0\0\0")
    assert.equal("////", core.base64 "\255\255\255")
    assert.equal("AP8A/w==", core.base64 "\0\255\0\255")
  end)

  it("takes much at once", function()
    local text = core.base64(("\0"):rep(1000001))
    assert.equal(1333336, #text)
    assert.matches("^A+=$", text)
  end)

  it("takes only text", function()
    assert.has_error(function() core.base64() end)
    assert.has_error(function() core.base64 {} end)
  end)
end)
