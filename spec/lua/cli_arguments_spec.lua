-- SPDX-License-Identifier: MIT
-- The command line of the command chatabi.
local arguments = require "chatabi.cli.arguments"
local chatabi = require "chatabi"

local function read(...)
  local settings, why = arguments.read { ... }
  return assert(settings, why)
end

local function refused(...)
  local settings, why = arguments.read { ... }
  assert.is_nil(settings)
  return why
end

describe("the words of a command line", function()
  it("are the prompt", function()
    assert.equal("Why is the sky blue?", read("Why", "is", "the sky", "blue?").prompt)
    assert.is_nil(read().prompt)
  end)

  it("may have options between them, and dashes after --", function()
    local settings = read("Explain", "-m", "x", "this", "--", "-m", "chat")
    assert.equal("Explain this -m chat", settings.prompt)
    assert.equal("x", settings.client.model)
  end)

  it("begin with a command, or with what looks like one after --", function()
    assert.equal("chat", read("chat").command)
    assert.equal("models", read("--provider", "openai", "models").command)
    local settings = read("--", "models", "of", "thought")
    assert.is_nil(settings.command)
    assert.equal("models of thought", settings.prompt)
    assert.is_nil(read("the", "chat").command)
    assert.equal("Hello", read("chat", "Hello").prompt)
  end)

  it("are not taken by models and doctor", function()
    assert.matches("chatabi %-%- models", refused("models", "of", "thought"))
    assert.matches("takes options only", refused("doctor", "who"))
  end)

  it("go to the emulator as they are", function()
    local settings = read("serve", "--tls", "--port", "8080")
    assert.equal("serve", settings.command)
    assert.same({ "--tls", "--port", "8080" }, settings.words)
  end)

  it("have a lone dash as one of them", function() assert.equal("-", read("-").prompt) end)
end)

describe("an option", function()
  it("has its value behind it, after =, or close to its letter", function()
    for _, list in ipairs { { "-m", "a=b" }, { "-ma=b" }, { "--model", "a=b" }, { "--model=a=b" } } do
      assert.equal("a=b", arguments.read(list).client.model)
    end
    assert.equal("", read("--system=").system)
    assert.equal("--no", read("-s", "--no").system)
  end)

  it("of the library is passed on by its name", function()
    local client = read("--max-retries", "0", "--ca-file=/x", "--set", "total-timeout-ms=5", "--base-url", "u").client
    assert.same({ max_retries = "0", ca_file = "/x", total_timeout_ms = "5", base_url = "u" }, client)
  end)

  it("names a credential", function()
    assert.equal("adc", read("--auth", "adc").client.auth)
    assert.same({ "file", "/a:b" }, read("--auth", "file:/a:b").client.auth)
    assert.same({ "token", "t" }, read("--set", "auth=token:t").client.auth)
  end)

  it("is a field of the body, of JSON where it is that", function()
    local settings = read("-o", "temperature=0.2", "-o", "reasoning_effort=low", "-ostop=[\"a\"]", "-o", "user=a=b",
      "-o", "logprobs=false", "-o", "seed=null", "-o", "x=")
    local body = settings.body
    assert.equal(0.2, body.temperature)
    assert.equal("low", body.reasoning_effort)
    assert.same({ "a" }, { body.stop[1] })
    assert.equal("a=b", body.user)
    assert.equal(false, body.logprobs)
    assert.equal(chatabi.null, body.seed)
    assert.equal("", body.x)
  end)

  it("may come again where a list makes sense, else the last one counts", function()
    local settings = read("-a", "x.png", "--attach=https://a/b", "-s", "one", "-s", "two")
    assert.same({ "x.png", "https://a/b" }, settings.attachments)
    assert.equal("two", settings.system)
  end)

  it("may be without a value", function()
    local settings = read("-u", "--json", "--no-stream", "--no-color", "-h", "--version", "--continue", "f")
    assert.is_true(settings.usage and settings.json and settings.no_stream and settings.no_color)
    assert.is_true(settings.help and settings.version)
    assert.equal("f", settings.continue)
  end)
end)

describe("a mistake on the command line", function()
  it("is a value that is missing or too many", function()
    assert.equal("-m needs a value.", refused("-m"))
    assert.equal("--project needs a value.", refused("--project", "--usage"))
    assert.equal("--json takes no value.", refused("--json=yes"))
    assert.equal("-u takes no value.", refused("-ux"))
    assert.equal("-o takes KEY=VALUE.", refused("-o", "temperature"))
    assert.equal("--set takes OPTION=VALUE.", refused("--set", "=1"))
  end)

  it("is an option that nobody has", function()
    assert.equal("There is no option -x.", refused("-x", "1"))
    assert.equal("There is no option --frobnicate.", refused("--frobnicate"))
    assert.equal("There is no option --scema.", refused("--scema", "name", "Who?"))
    assert.equal("There is no option --stream.", refused("--stream", "Who?"))
    assert.equal("There is no option --yield.", refused("--yield=x"))
    assert.equal("There is no option max-retry.", refused("--set", "max-retry=1"))
  end)

  it("is JSON of a conversation", function() assert.matches("not for a conversation", refused("chat", "--json")) end)
end)
