-- SPDX-License-Identifier: MIT
-- What becomes of a call of a tool.
local chatabi = require "chatabi"
local script = require "spec.lua.script"

local client, path
after_each(function()
  if client then client:close() end
  if path then os.remove(path) end
  client, path = nil, nil
end)

local CITY = {
  type = "object",
  properties = { city = { type = "string" }, days = { type = "integer" } },
  required = { "city" },
}

local function wire(name, tool)
  return { type = "function", ["function"] = {
    name = name, description = tool.description, parameters = tool.parameters, strict = tool.strict,
  } }
end

local function fields(tools)
  local names, list = {}, chatabi.array()
  for name in pairs(tools) do names[#names + 1] = name end
  table.sort(names)
  for at, name in ipairs(names) do list[at] = wire(name, tools[name]) end
  return '"tools":' .. chatabi.encode(list) .. ","
end

-- One call of tool `name` with `arguments`. The model has to be told `content`; then it says "ok".
local function expect(settings, name, arguments, content)
  client, path = script.client(fields(settings.tools), {
    { said = { script.user "Go" }, message = script.calls { "c1", name, arguments }, finish = "tool_calls",
      sent = script.calls { "c1", name, arguments:match "%S" and arguments or "{}" } },
    { said = { script.result("c1", content) }, message = script.assistant "ok" },
  })
  local told
  local on_tool = settings.on_tool
  settings.on_tool = function(call, result)
    told = result
    if on_tool then on_tool(call, result) end
  end
  local talk = client:conversation(settings)
  local answer, err = talk:send "Go"
  assert.equal(type(content) == "table" and chatabi.encode(content) or content, told)
  assert(answer, err)
  assert.equal("ok", answer.text)
  assert.equal(4, #talk.messages)
  return talk
end

local function tool(run, more)
  local weather = { description = "Tells the weather.", parameters = CITY, run = run }
  for key, value in pairs(more or {}) do weather[key] = value end
  return { tools = { weather = weather } }
end

describe("a tool", function()
  it("is given its arguments and the call", function()
    local given, call
    expect(tool(function(...)
      given, call = ...
      return "sunny"
    end), "weather", '{"city":"Oslo","days":2}', "sunny")
    assert.same({ city = "Oslo", days = 2 }, given)
    assert.same({ id = "c1", name = "weather", json = '{"city":"Oslo","days":2}', arguments = given }, call)
  end)

  it("has no nulls in its arguments", function()
    local given
    expect(tool(function(arguments) given = arguments end), "weather", '{"city":"Oslo","days":null}', "done")
    assert.same({ city = "Oslo" }, given)
  end)

  it("may have no parameters, and is called without arguments", function()
    for _, arguments in ipairs { "", " ", "{}" } do
      expect({ tools = { look = { run = function(given)
        assert.same({}, given)
        return "seen"
      end } } }, "look", arguments, "seen")
      client:close()
      os.remove(path)
    end
  end)

  it("may return anything that JSON can say", function()
    local cases = {
      { 21, "21" }, { true, "true" }, { { celsius = 21 }, '{"celsius":21}' }, { chatabi.array(), "[]" }, { "", "" },
      { chatabi.null, "null" }, { "\"quoted\"", "\"quoted\"" },
    }
    for _, case in ipairs(cases) do
      expect(tool(function() return case[1] end), "weather", '{"city":"Oslo"}', case[2])
      client:close()
      os.remove(path)
    end
  end)

  it("may return nothing, which is told as done", function()
    expect(tool(function() end), "weather", '{"city":"Oslo"}', "done")
  end)

  it("may fail in Lua's way", function()
    expect(tool(function() return nil, "no such city" end), "weather", '{"city":"Oslo"}', { error = "no such city" })
    expect(tool(function() return false, "closed" end), "weather", '{"city":"Oslo"}', { error = "closed" })
  end)

  it("may return an error of this library", function()
    local settings = tool(function() return client:chat { messages = {}, stream = 1 } end)
    settings.on_tool = function(_, result) assert.matches('^{"error":"REPLAY: ', result) end
    client, path = script.client(fields(settings.tools), {
      { said = { script.user "Go" }, message = script.calls { "c1", "weather", '{"city":"Oslo"}' } },
    })
    local _, err = client:conversation(settings):send "Go"
    assert.equal("REPLAY", err.name)
  end)

  it("may raise, and the model is not told where", function()
    expect(tool(function() error "the sensor is broken" end), "weather", '{"city":"Oslo"}',
      { error = "the sensor is broken" })
    expect(tool(function() error("code 7: broken", 0) end), "weather", '{"city":"Oslo"}', { error = "code 7: broken" })
    local chunk = (loadstring or load)("error 'in a chunk: 1: 2'", "=[C:\\games\\my mod.lua]")
    expect(tool(chunk), "weather", '{"city":"Oslo"}', { error = "in a chunk: 1: 2" })
    chunk = (loadstring or load)("error 'in a text'", "first line: 1: x\nsecond")
    expect(tool(chunk), "weather", '{"city":"Oslo"}', { error = "in a text" })
  end)

  it("may raise what is no text", function()
    expect(tool(function() error { code = 7 } end), "weather", '{"city":"Oslo"}', { error = { code = 7 } })
    local named = setmetatable({}, { __tostring = function() return "a named error" end })
    expect(tool(function() error(named) end), "weather", '{"city":"Oslo"}', { error = "a named error" })
    expect(tool(function() error { print } end), "weather", '{"city":"Oslo"}',
      { error = "the tool failed, and why cannot be written as JSON" })
    expect(tool(function() error "\255" end), "weather", '{"city":"Oslo"}',
      { error = "the tool failed, and why cannot be written as JSON" })
    for _, odd in ipairs { { __metatable = true }, { __metatable = "locked" } } do
      expect(tool(function() error(setmetatable({ code = 7 }, odd)) end), "weather", '{"city":"Oslo"}',
        { error = { code = 7 } })
    end
    local mute = setmetatable({}, { __tostring = function() error "no words" end })
    expect(tool(function() error(mute) end), "weather", '{"city":"Oslo"}',
      { error = "the tool failed, and what it raised cannot be written" })
    local settings = tool(function() error() end)
    settings.on_tool = function(_, result) assert.matches('^{"error":"', result) end
    client, path = script.client(fields(settings.tools), {
      { said = { script.user "Go" }, message = script.calls { "c1", "weather", '{"city":"Oslo"}' } },
    })
    assert.equal("REPLAY", select(2, client:conversation(settings):send "Go").name)
  end)

  it("may return what cannot be sent, and the model is told", function()
    for _, value in ipairs { { print }, "\255\254", 0 / 0, print } do
      local settings = tool(function() return value end)
      local told
      settings.on_tool = function(_, result) told = result end
      client, path = script.client(fields(settings.tools), {
        { said = { script.user "Go" }, message = script.calls { "c1", "weather", '{"city":"Oslo"}' } },
      })
      client:conversation(settings):send "Go"
      assert.matches('^{"error":"the result of the tool cannot be sent %(', told)
    end
  end)

  it("is not run with arguments that are no JSON object", function()
    local function run() error "it ran" end
    for _, arguments in ipairs { '{"city":', "Oslo", "[]", '["Oslo"]', '"Oslo"', "null", "7" } do
      local settings, told = tool(run), nil
      settings.on_tool = function(_, result) told = chatabi.decode(result).error end
      client, path = script.client(fields(settings.tools), {
        { said = { script.user "Go" }, message = script.calls { "c1", "weather", arguments } },
      })
      client:conversation(settings):send "Go"
      assert.matches("^The arguments ", told)
      assert.not_matches("it ran", told)
    end
  end)

  it("is not run with arguments that do not match its schema", function()
    local function run() error "it ran" end
    for arguments, problem in pairs {
      ["{}"] = "city", ['{"city":7}'] = "city", ['{"city":"Oslo","days":"two"}'] = "days", ['{"city":null}'] = "city",
    } do
      local settings, told = tool(run), nil
      settings.on_tool = function(_, result) told = chatabi.decode(result).error end
      client, path = script.client(fields(settings.tools), {
        { said = { script.user "Go" }, message = script.calls { "c1", "weather", arguments } },
      })
      client:conversation(settings):send "Go"
      assert.matches("^The arguments do not match: .*" .. problem, told)
    end
  end)

  it("that is not there is named, with those that are", function()
    local settings = tool(function() error "it ran" end)
    expect(settings, "wether", '{"city":"Oslo"}', { error = "There is no tool 'wether'. There are: weather" })
  end)

  it("can be described with less than JSON Schema", function()
    local sent = { type = "object", properties = { city = { type = "string", description = "where" } },
      required = { "city" }, additionalProperties = false }
    client, path = script.client(fields { weather = { parameters = sent } }, {
      { said = { script.user "Go" }, message = script.calls { "c1", "weather", '{"city":"Oslo"}' } },
      { said = { script.result("c1", "Oslo") }, message = script.assistant "ok" },
    })
    local talk = client:conversation { tools = { weather = {
      parameters = { city = "string: where" }, run = function(arguments) return arguments.city end,
    } } }
    assert.equal("ok", assert(talk:send "Go").text)
  end)
end)

describe("calls of one answer", function()
  it("run in order, and their results are sent in order", function()
    local order = {}
    local settings = tool(function(arguments, call)
      order[#order + 1] = call.id
      if arguments.city == "Rome" then error "rain" end
      return arguments.city
    end)
    client, path = script.client(fields(settings.tools), {
      { said = { script.user "Go" }, finish = "tool_calls", message = script.calls(
        { "c1", "weather", '{"city":"Oslo"}' }, { "c2", "weather", '{"city":"Rome"}' }, { "c3", "nothing", "{}" },
        { "c4", "weather", '{"city":"Lima"}' }) },
      { said = { script.result("c1", "Oslo"), script.result("c2", { error = "rain" }),
        script.result("c3", { error = "There is no tool 'nothing'. There are: weather" }),
        script.result("c4", "Lima") },
        message = script.assistant "ok" },
    })
    assert.equal("ok", assert(client:conversation(settings):send "Go").text)
    assert.same({ "c1", "c2", "c4" }, order)
  end)

  it("may stand beside text", function()
    local message = '{"role":"assistant","content":"Let me see.","tool_calls":[{"id":"c1","type":"function",'
      .. '"function":{"name":"weather","arguments":"{\\"city\\":\\"Oslo\\"}"}}]}'
    local settings = tool(function() return "sunny" end)
    client, path = script.client(fields(settings.tools), {
      { said = { script.user "Go" }, message = message, finish = "stop" },
      { said = { script.result("c1", "sunny") }, message = script.assistant "ok" },
    })
    local talk = client:conversation(settings)
    assert.equal("ok", assert(talk:send "Go").text)
    assert.equal("Let me see.", talk.messages[2].content)
  end)

  it("are not run when the answer was cut inside of one", function()
    local settings = tool(function() error "it ran" end)
    settings.tools.weather.parameters = { type = "object", properties = { city = { type = "string" } } }
    for _, cut in ipairs { '{"city":"Os', "", "{" } do
      client, path = script.client(fields(settings.tools), {
        { said = { script.user "Go" }, message = script.calls { "c1", "weather", cut }, finish = "length" },
      })
      local talk = client:conversation(settings)
      local answer, err = talk:send "Go"
      client:close()
      os.remove(path)
      assert.is_nil(answer)
      assert.equal("TRUNCATED", err.name)
      assert.matches("max_tokens", err.message)
      assert.equal(1, #err.partial.tool_calls)
      assert.same({}, talk.messages)
    end
  end)

  it("are not run when the answer was withheld", function()
    local settings = tool(function() error "it ran" end)
    client, path = script.client(fields(settings.tools), {
      { said = { script.user "Go" }, message = script.calls { "c1", "weather", '{"city":"Oslo"}' },
        finish = "content_filter" },
    })
    local answer, err = client:conversation(settings):send "Go"
    assert.is_nil(answer)
    assert.equal("BLOCKED", err.name)
  end)

  it("come to an end when the model repeats one for ever", function()
    local rounds, runs = {}, 0
    for at = 1, 3 do
      rounds[at] = { said = { at == 1 and script.user "Go" or script.result("c1", "again") }, finish = "tool_calls",
        message = script.calls { "c1", "weather", '{"city":"Oslo"}' } }
    end
    local settings = tool(function()
      runs = runs + 1
      return "again"
    end)
    settings.max_rounds = 3
    client, path = script.client(fields(settings.tools), rounds)
    local talk = client:conversation(settings)
    local answer, err = talk:send "Go"
    assert.is_nil(answer)
    assert.equal("TOO_MANY", err.name)
    assert.equal("max_rounds", err.limit)
    assert.matches("max_rounds", err.message)
    assert.equal(2, runs) -- the third answer's are not: nobody would be told
    assert.same({}, talk.messages)
    assert.equal(5, #err.turn) -- whole rounds only
    assert.equal("tool", err.turn[5].role)
    assert.equal("c1", err.partial.tool_calls[1].id)
    assert.equal(3, talk.usage.requests)
  end)
end)

describe("approve", function()
  local ran
  local function settings_with(approve, own)
    ran = 0
    local settings = tool(function()
      ran = ran + 1
      return "sunny"
    end, { approve = own })
    settings.approve = approve
    return settings
  end

  it("lets a call pass", function()
    local asked
    expect(settings_with(function(call)
      asked = call
      return true
    end), "weather", '{"city":"Oslo"}', "sunny")
    assert.equal("weather", asked.name)
    assert.equal("Oslo", asked.arguments.city)
    assert.equal(1, ran)
  end)

  it("keeps a call from being run", function()
    expect(settings_with(function() return false end), "weather", '{"city":"Oslo"}',
      { error = "The user did not allow this call." })
    expect(settings_with(function() return nil, "not today" end), "weather", '{"city":"Oslo"}',
      { error = "The user did not allow this call: not today" })
    assert.equal(0, ran)
  end)

  it("of the tool goes before that of the conversation", function()
    local function no() return false, "no" end
    local function yes() return true end
    expect(settings_with(no, yes), "weather", '{"city":"Oslo"}', "sunny")
    expect(settings_with(yes, no), "weather", '{"city":"Oslo"}', { error = "The user did not allow this call: no" })
    expect(settings_with(no, true), "weather", '{"city":"Oslo"}', { error = "The user did not allow this call: no" })
    expect(settings_with(no, false), "weather", '{"city":"Oslo"}', "sunny")
  end)

  it("is not asked about what cannot be run", function()
    local settings = settings_with(function() error "asked" end)
    expect(settings, "wether", "{}", { error = "There is no tool 'wether'. There are: weather" })
  end)

  it("may raise, which ends the send and runs nothing", function()
    local settings = settings_with(function() error("the window is gone", 0) end)
    client, path = script.client(fields(settings.tools), {
      { said = { script.user "Go" }, message = script.calls { "c1", "weather", '{"city":"Oslo"}' } },
    })
    local talk = client:conversation(settings)
    assert.error_matches(function() talk:send "Go" end, "^the window is gone$")
    assert.equal(0, ran)
    assert.same({}, talk.messages)
    assert.equal("REPLAY", select(2, talk:send "Go on").name) -- and the conversation can be used
  end)

  it("has to be there for a tool that wants it", function()
    client, path = script.client("", { { said = {}, message = script.assistant "ok" } })
    assert.error_matches(function() client:conversation(settings_with(nil, true)) end, "'weather' wants to be approved")
  end)
end)

describe("the table of tools", function()
  it("can change between two sends", function()
    local first, second = chatabi.encode(wire("first", {})), chatabi.encode(wire("second", {}))
    client, path = script.client("", {
      { said = { script.user "one" }, message = script.assistant "1", fields = '"tools":[' .. first .. "]," },
      { said = { script.user "two" }, message = script.assistant "2",
        fields = '"tools":[' .. first .. "," .. second .. "]," },
      { said = { script.user "three" }, message = script.assistant "3" },
    })
    local talk = client:conversation { tools = { first = { run = print } } }
    assert.equal("1", assert(talk:send "one").text)
    talk.tools.second = { run = print }
    assert.equal("2", assert(talk:send "two").text)
    talk.tools = {}
    assert.equal("3", assert(talk:send "three").text)
  end)

  it("is checked when the conversation is made", function()
    client, path = script.client("", { { said = {}, message = script.assistant "ok" } })
    local function make(tools) return function() client:conversation { tools = tools } end end
    assert.error_matches(make "weather", "tools")
    assert.error_matches(make { weather = "sunny" }, "tool 'weather' has to be a table, not a string")
    assert.error_matches(make { weather = { run = "sunny" } }, "'run' of tool 'weather' is no function")
    assert.error_matches(make { weather = { approve = "yes" } }, "'approve' of tool 'weather'")
    assert.error_matches(make { [true] = {} }, "tools have names")
  end)

  it("can be a list in OpenAI's form, whose calls are the caller's business", function()
    local list = { wire("weather", { parameters = CITY }) }
    client, path = script.client('"tools":' .. chatabi.encode(list) .. ",", {
      { said = { script.user "Go" }, message = script.calls { "c1", "weather", '{"city":"Oslo"}' } },
      { said = { script.result("c1", "sunny") }, message = script.assistant "ok" },
    })
    local talk = client:conversation { tools = list }
    local answer = assert(talk:send "Go")
    assert.equal("c1", answer.tool_calls[1].id)
    talk:add { role = "tool", tool_call_id = "c1", content = "sunny" }
    assert.equal("ok", assert(talk:send()).text)
    assert.equal(4, #talk.messages)
  end)
end)

describe("Ctrl-C in a tool", function()
  it("ends the send, and is not told to the model", function()
    local settings = tool(function() error "interrupted!" end)
    client, path = script.client(fields(settings.tools), {
      { said = { script.user "Go" }, message = script.calls { "c1", "weather", '{"city":"Oslo"}' } },
    })
    assert.error_matches(function() client:conversation(settings):send "Go" end, "interrupted!$")
  end)
end)

describe("a forced tool_choice", function()
  it("holds for the first request, or there were no end", function()
    local tools = { look = { run = function() return "seen" end } }
    client, path = script.client(fields(tools), {
      { said = { script.user "Go" }, message = script.calls { "c1", "look", "{}" },
        fields = fields(tools) .. '"tool_choice":"required",' },
      { said = { script.result("c1", "seen") }, message = script.assistant "ok" },
    })
    local talk = client:conversation { tools = tools, tool_choice = "required" }
    assert.equal("ok", assert(talk:send "Go").text)
  end)
end)

describe("tools that are changed between turns", function()
  local function look() return "seen" end

  local function copy(value)
    if type(value) ~= "table" then return value end
    local all = {}
    for key, member in pairs(value) do all[key] = copy(member) end
    return all
  end

  local CHANGES = {
    function() end,
    function(tools) tools.weather.description = "Tells tomorrow's weather." end,
    function(tools) tools.weather.parameters.properties.city.description = "its English name" end,
    function(tools) tools.weather.parameters.required[2] = "days" end,
    function(tools) tools.weather.parameters.properties.days = nil end,
    function(tools) tools.look = { run = look } end,
    function(tools) tools.look = { run = look, description = "Looks." } end,
    function(tools) tools.weather = nil end,
    function() end,
  }

  it("are sent as they are then", function()
    local tools, exchanges = { weather = { parameters = copy(CITY), run = look } }, {}
    local planned = copy(tools)
    for at, change in ipairs(CHANGES) do
      change(planned)
      exchanges[at] = { said = { script.user("Go " .. at) }, message = script.assistant "ok", fields = fields(planned) }
    end
    client, path = script.client("", exchanges)
    local talk = client:conversation { tools = tools }
    for at, change in ipairs(CHANGES) do
      change(talk.tools)
      assert.equal("ok", assert(talk:send("Go " .. at)).text)
    end
  end)

  it("may have protected metatables", function()
    local parameters = setmetatable({ city = "string" }, { __metatable = "locked" })
    local wired = fields { look = { parameters = chatabi.schema(parameters) } }
    client, path = script.client(wired, {
      { said = { script.user "Go" }, message = script.assistant "ok" },
      { said = { script.user "Go" }, message = script.assistant "ok" },
    })
    local talk = client:conversation { tools = { look = { parameters = parameters, run = look } } }
    assert.equal("ok", assert(talk:send "Go").text)
    assert.equal("ok", assert(talk:send "Go").text)
  end)

  it("cannot contain themselves", function()
    client, path = script.client("", {})
    local around = { type = "object", properties = {} }
    around.properties.me = around
    local tools = { look = { parameters = around } }
    assert.error_matches(function() client:conversation { tools = tools } end, "contains itself")
  end)

  it("run the function that they have then", function()
    client, path = script.client(fields { look = {} }, {
      { said = { script.user "Go" }, message = script.calls { "c1", "look", "{}" }, finish = "tool_calls" },
      { said = { script.result("c1", "one") }, message = script.assistant "ok" },
      { said = { script.user "Go" }, message = script.calls { "c2", "look", "{}" }, finish = "tool_calls" },
      { said = { script.result("c2", "two") }, message = script.assistant "ok" },
    })
    local talk = client:conversation { tools = { look = { run = function() return "one" end } } }
    assert(talk:send "Go")
    talk.tools.look.run = function() return "two" end
    assert.equal("ok", assert(talk:send "Go").text)
  end)
end)
