-- SPDX-License-Identifier: MIT
-- What only the one file for LuaJIT has: how it finds the library, and how it gets on with its host.
local chatabi = require "chatabi"
local helper = require "spec.lua.helper"

if not package.preload["chatabi.ffi"] then return end -- the compiled module is what is tested

local ffi = require "ffi"

setup(helper.start)
teardown(helper.stop)

local path = assert(package.searchpath("chatabi", package.path))
local library = os.getenv "CHATABI_LIBRARY"

-- Runs the file once more, as `name`, where host.load stands for ffi.load and host.getenv for os.getenv. Gives the
-- module and its FFI half.
local function load_again(host, file, name)
  local load, getenv, kept = ffi.load, os.getenv, {}
  for key, value in pairs(package.preload) do kept[key] = value end
  ffi.load = host.load or load
  rawset(os, "getenv", host.getenv or getenv)
  local good, module = pcall(assert(loadfile(file or path)), name)
  local half = good and package.preload[(name or "chatabi") .. ".half"]()
  ffi.load = load
  rawset(os, "getenv", getenv)
  for key in pairs(package.preload) do package.preload[key] = kept[key] end
  if not good then error(module, 0) end
  return module, half
end

local function no_environment() return nil end

local function missing(name) error(name .. " is not there", 0) end

describe("the file", function()
  it("says that it is for LuaJIT where there is no ffi", function()
    local loaded, preloaded = package.loaded.ffi, package.preload.ffi
    package.loaded.ffi, package.preload.ffi = nil, function() missing "ffi" end
    local good, message = pcall(load_again, {})
    package.loaded.ffi, package.preload.ffi = loaded, preloaded
    assert.is_false(good)
    assert.matches("^this chatabi.lua is for LuaJIT", message)
  end)
end)

describe("the library", function()
  it("is looked for beside the file, then where libraries are", function()
    local tried = {}
    local function record(name)
      tried[#tried + 1] = name
      error("it is not there", 0)
    end
    local good, message = pcall(load_again, { load = record, getenv = no_environment })
    assert.is_false(good)
    local folder = path:match "^.*/"
    assert.same({ folder .. "libchatabi.so", folder .. "libchatabi.so.1", "chatabi", "libchatabi.so.1" }, tried)
    assert.matches("CHATABI_LIBRARY", message)
    for _, name in ipairs(tried) do assert.is_truthy(message:find(name .. ": it is not there", 1, true)) end
  end)

  -- Copies the file and the library into folders of an empty place; gives where the library is found, relative to it.
  local function found_in(file_folder, library_folder)
    local place = os.tmpname()
    os.remove(place)
    assert.equal(0, os.execute(("cd / && mkdir -p %s%s %s%s && cp '%s' %s%s && ln -s '%s' %s%s/libchatabi.so"):format(
      place, file_folder, place, library_folder, path, place, file_folder, library, place, library_folder)))
    local found
    local load = ffi.load
    local again = load_again({
      getenv = no_environment,
      load = function(name)
        local lib = load(name)
        found = name
        return lib
      end,
    }, place .. file_folder .. "/chatabi.lua")
    os.execute("rm -r " .. place)
    assert.equal(chatabi.version(), again.version())
    return found:sub(#place + 1)
  end

  it("is found beside the file", function() assert.equal("/libchatabi.so", found_in("", "")) end)

  it("is found where the file was installed with it", function()
    assert.equal("/lib/libchatabi.so", found_in("/share/chatabi/luajit", "/lib"))
  end)

  it("is the one that the environment names, or none", function()
    local function named() return "/nowhere/libchatabi.so" end
    assert.error_matches(function() load_again { getenv = named, load = missing } end,
      "CHATABI_LIBRARY.*/nowhere/libchatabi.so is not there")
  end)

  it("has to speak this version of the ABI", function()
    local function other() return { chatabi_abi_version = function() return 2 end } end
    assert.error_matches(function() load_again { load = other } end,
      "this module needs libchatabi with ABI version 1, and found 2")
  end)
end)

describe("the clock", function()
  local function clock_of(system, refused)
    local function gettime(number, now)
      now.seconds = number
      return number == refused and -1 or 0
    end
    package.loaded.ffi = {
      os = system, cdef = function() end, C = { chatabi_clock_gettime = gettime },
      new = function() return { seconds = 0, nanoseconds = 0 } end,
    }
    local good, clock = pcall(dofile, "bindings/luajit/chatabi/ffi_clock.lua")
    package.loaded.ffi = ffi
    assert(good, clock)
    return clock.now()
  end

  it("is the one that nobody sets, on each system", function()
    assert.equal(1, clock_of "Linux")
    assert.equal(6, clock_of "OSX")
    assert.equal(4, clock_of("BSD", 3)) -- FreeBSD
    assert.equal(3, clock_of "BSD") -- OpenBSD
    assert.is_true(math.abs(clock_of "Other" - os.time()) <= 1)
    assert.is_true(math.abs(clock_of("Linux", 1) - os.time()) <= 1)
  end)
end)

describe("the file", function()
  it("runs twice, under any name and under none, and leaves nothing behind", function()
    local globals, loaded = {}, {}
    for key in pairs(_G) do globals[key] = true end
    for key in pairs(package.loaded) do loaded[key] = true end
    for _, name in ipairs { "libs.chat", false } do
      local again = load_again({}, path, name or nil)
      assert.equal(chatabi.version(), again.version())
      assert(again.new { auth = "none" }):close()
    end
    for key in pairs(_G) do assert.is_true(globals[key], key) end
    for key in pairs(package.loaded) do assert.is_true(loaded[key], key) end
  end)

  it("gives its parts to who requires them", function()
    local json = require "chatabi.json"
    assert.equal(chatabi.null, json.null)
    assert.equal(chatabi.array, json.array)
  end)

  it("never says that Ctrl-C was pressed", function() assert.is_false(chatabi.interrupted()) end)
end)

describe("null", function()
  local function without_buffers(run)
    local kept = package.loaded["string.buffer"]
    package.loaded["string.buffer"] = {}
    run()
    package.loaded["string.buffer"] = kept
  end

  local has_cjson, cjson = pcall(require, "cjson")

  it("is that of cjson", function()
    if not has_cjson then return pending "no cjson is installed" end
    assert.equal("[null]", chatabi.encode { cjson.null })
    without_buffers(function() assert.equal(cjson.null, load_again({}).null) end)
    if pcall(require, "string.buffer") then assert.equal(cjson.null, chatabi.null) end
  end)

  it("is that of nginx", function()
    package.loaded.ngx = { null = io.stdout }
    local again = load_again {}
    package.loaded.ngx = nil
    assert.equal(io.stdout, again.null)
  end)

  it("is a value of its own where no other can be had", function()
    local kept = package.loaded.cjson
    package.loaded.cjson = nil
    without_buffers(function()
      local again = load_again {}
      assert.is_userdata(again.null)
      assert.equal("[null]", again.encode(again.decode "[null]"))
      assert.is_true(again.null == again.decode "null")
      if has_cjson then assert.equal("[null]", again.encode { cjson.null }) end
    end)
    package.loaded.cjson = kept
  end)
end)

describe("a stream of the file", function()
  local client
  before_each(function() client = helper.client() end)
  after_each(function() client:close() end)

  -- A finalizer of the program may run whenever there is garbage, so also in the middle of copying.
  local function closing_while_copied(handle, read)
    local copy = ffi.string
    ffi.string = function(...)
      handle:close()
      return copy(...)
    end
    local good, result = pcall(read)
    ffi.string = copy
    assert(good, result)
    assert.error_matches(function() handle:pollfd() end, "is closed")
    return result
  end

  it("can be closed while its text is copied", function()
    local expected = assert(client:chat "Hello").text
    local stream = client:stream "Hello"
    repeat until stream:state() == "done"
    stream:next(5)
    local chunk = closing_while_copied(stream, function() return stream:next(5) end)
    assert.equal("text", chunk.type)
    assert.equal(1, (expected:find(chunk.text, 1, true)))
  end)

  it("has a client that can be closed while its text is copied", function()
    assert.is_table(closing_while_copied(client, function() return client:status() end))
  end)

  it("is no data", function()
    assert.error_matches(function() chatabi.encode { (client:stream "Hello") } end, "%[1%]: a userdata cannot be JSON")
    assert.error_matches(function() chatabi.encode(client) end, "value: a userdata cannot be JSON")
    -- equal to nil, and something all the same
    assert.error_matches(function() chatabi.encode { ffi.new "void *" } end, "%[1%]: a cdata cannot be JSON")
  end)

  it("is freed by the collector", function()
    local freed = 0
    local load = ffi.load
    local again = load_again {
      load = function(name)
        local lib = load(name)
        return setmetatable({
          chatabi_request_free = function(request)
            freed = freed + 1
            lib.chatabi_request_free(request)
          end,
        }, { __index = function(_, key) return lib[key] end })
      end,
    }
    local other = assert(again.new { base_url = helper.client_url(), model = "m" })
    for _ = 1, 3 do other:stream "Hello" end
    collectgarbage()
    collectgarbage()
    assert.equal(3, freed)
    other:close()
  end)

  it("is polled through its client where it has no descriptor", function()
    local load = ffi.load
    local again, half = load_again {
      load = function(name)
        local lib = load(name)
        return setmetatable({ chatabi_request_fd = function() return -1 end },
          { __index = function(_, key) return lib[key] end })
      end,
    }
    local other = assert(again.new { base_url = helper.client_url(), model = "m" })
    local quiet = other:stream("Hello", helper.fault "slow_first_byte=2000")
    assert.same({}, half.poll({ quiet }, 50))
    local stream = other:stream "Hello"
    local found = half.poll({ quiet, stream }, 5000)
    assert.equal(stream, found[1])
    assert.is_nil(found[2])
    other:close()
    assert.equal(quiet, half.poll({ quiet }, 0)[1])
  end)
end)
