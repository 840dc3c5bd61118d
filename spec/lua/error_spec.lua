-- SPDX-License-Identifier: MIT
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

setup(helper.start)
teardown(helper.stop)

local client
before_each(function() client = helper.client() end)
after_each(function() client:close() end)

local function failure(fault, options)
  local request = helper.fault(fault)
  for key, value in pairs(options or {}) do request[key] = value end
  local answer, err = client:chat("Hello", request)
  assert.is_nil(answer)
  return err
end

describe("an error of the server", function()
  it("has name, code, status and what to do", function()
    local err = failure "429=7"
    assert.equal("RATE_LIMIT", err.name)
    assert.equal(chatabi.errors.RATE_LIMIT, err.code)
    assert.equal(429, err.status)
    assert.is_true(err.retryable)
    assert.equal(7000, err.retry_after_ms)
    assert.is_string(err.message)
    assert.is_string(err.body)
  end)

  it("has a name for each kind", function()
    assert.equal("INVALID_REQUEST", failure("status=400").name)
    assert.equal("PERMISSION", failure("status=403").name)
    assert.equal("NOT_FOUND", failure("status=404").name)
    assert.equal("SERVER", failure("500").name)
  end)

  it("is one line as text", function()
    local err = failure "500"
    assert.equal("SERVER: " .. err.message, tostring(err))
    assert.equal("failed: " .. tostring(err), "failed: " .. err)
    assert.equal(tostring(err) .. "!", err .. "!")
  end)

  it("never holds chatabi.null", function()
    for _, fault in ipairs { "500", "html", "429" } do
      for key, value in pairs(failure(fault)) do assert.is_true(value ~= chatabi.null, key) end
    end
  end)
end)

describe("an error of the credential", function()
  local function without_token(auth)
    local lost = assert(chatabi.new { project = "p", model = "google/gemini-2.5-flash", auth = auth })
    local answer, err = lost:chat "Hello"
    lost:close()
    assert.is_nil(answer)
    return err
  end

  it("says where on the way to a token it happened, and what to do", function()
    local err = without_token { "file", "/nowhere/key.json" }
    assert.equal("AUTH_SOURCE", err.name)
    assert.equal("locate", err.auth.stage)
    assert.is_false(err.auth.transient)
    assert.is_truthy(err.message:find("/nowhere/key.json", 1, true))
  end)

  it("does not show a secret that was given in its place", function()
    local err = without_token { "file", '{"refresh_token":"hush"}' }
    assert.is_nil(err.message:find("hush", 1, true))
  end)
end)

describe("an error on the way", function()
  it("is a connection that nobody takes", function()
    local nobody = helper.client { base_url = "http://127.0.0.1:1/v1" }
    local answer, err = nobody:chat "Hello"
    assert.is_nil(answer)
    assert.equal("CONNECT", err.name)
    assert.is_nil(err.status)
    assert.is_nil(err.partial)
    nobody:close()
  end)

  it("is a time that is over", function()
    local err = failure("slow_first_byte=3000", { total_timeout_ms = 200 })
    assert.equal("TIMEOUT", err.name)
  end)

  it("is an answer that is cut, with what had arrived", function()
    local stream = client:stream("Hello", helper.fault "cut=3")
    local answer, err = stream:wait(10)
    assert.is_nil(answer)
    assert.is_true(err.name == "TRUNCATED" or err.name == "DISCONNECT")
    assert.is_true(#err.partial.text > 0)
  end)

  it("is text that is no chat", function()
    local stream = client:stream("Hello", helper.fault "garbage=2")
    local _, err = stream:wait(10)
    assert.equal("PROTOCOL", err.name)
  end)
end)
