-- SPDX-License-Identifier: MIT
-- Runs the code blocks of a page in the current directory: run.lua PAGE [programs]
-- A block passes when it ends well and prints something. All are run, and the configurations in the page's tables; with
-- `programs` those that load the module, and the rest has to parse. run.sh prepares the world.
local page, only_programs = arg[1], arg[2] == "programs"

-- Whole machines are needed for these: they are run in a bare Debian, and by CI.
local ELSEWHERE = { ["sh examples/quickstart.sh"] = true, ["sh spec/run.sh"] = true }
-- Pages about coming from elsewhere show what was written there.
local OF_OTHERS = { ["lua lua-openai"] = "it is for lua-openai", python = "it is for Python's openai" }
local LIMIT = "timeout 120 env LD_PRELOAD=\"$CHATABI_REDIRECT\" "

local CONFIGURED = [[
local chatabi = require "chatabi"
local client = assert(chatabi.new %s)
print(assert(client:chat "Hello").text)
]]

local PROJECT = [[
cmake_minimum_required(VERSION 3.18)
project(hello LANGUAGES C)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
%s]]

local function write(path, text)
  local file = assert(io.open(path, "w"))
  assert(file:write(text))
  file:close()
end

local RUNNERS = {}

local function is_program(code) return code:match "^local chatabi = require" end

function RUNNERS.lua(code)
  write("block.lua", code)
  if only_programs and not is_program(code) then return "lua5.4 -e 'print(assert(loadfile \"block.lua\"))'" end
  return LIMIT .. "lua5.4 block.lua"
end

function RUNNERS.json(code)
  write("block.json", code)
  return "lua5.4 -e 'print(assert(require(\"chatabi\").decode(io.read \"*a\")))' <block.json"
end

function RUNNERS.c(code)
  write("hello.c", code)
  return "cc -std=c11 -Wall -Wextra -Werror hello.c $(pkg-config --cflags --libs chatabi) -o block && "
    .. LIMIT .. "./block"
end

function RUNNERS.sh(code)
  local lines = {}
  for line in code:gmatch "[^\n]+" do
    if not ELSEWHERE[line:gsub("%s*#.*", "")] then lines[#lines + 1] = line end
  end
  if #lines == 0 then return nil end
  write("block.sh", table.concat(lines, "\n") .. "\n")
  return LIMIT .. "sh -e block.sh </dev/null"
end

function RUNNERS.cmake(code)
  os.execute "mkdir -p found && cp hello.c found/"
  write("found/CMakeLists.txt", PROJECT:format(code))
  return "cmake -S found -B found/build >log && cmake --build found/build >>log && " .. LIMIT .. "found/build/hello"
end

-- Languages that load the library by hand get one that leads to the emulator.
local BY_HAND = "timeout 120 env LD_LIBRARY_PATH=\"$CHATABI_REDIRECTED\" "
local INTERPRETERS = {
  luajit = "$(command -v luajit2 || command -v luajit) block.luajit",
  perl = "perl block.perl",
  php = "php block.php",
}
for language, command in pairs(INTERPRETERS) do
  RUNNERS[language] = function(code)
    write("block." .. language, code)
    return BY_HAND .. command
  end
end

function RUNNERS.cpp(code)
  write("block.cpp", code)
  return "c++ -std=c++17 -Wall -Wextra -Werror -I\"$CHATABI_INCLUDE\" block.cpp -L\"$CHATABI_REDIRECTED\" -lchatabi "
    .. "-o block && " .. BY_HAND .. "./block"
end

-- Blocks in the order of the page, but what installs comes first.
local function read_blocks()
  local blocks, block = {}, nil
  local number = 0
  for line in io.lines(page) do
    number = number + 1
    local fence = line:match "^```(.*)"
    if fence and block then
      table.insert(blocks, block.code:find("--install", 1, true) and 1 or #blocks + 1, block)
      block = nil
    elseif fence then
      block = { language = fence, code = "", line = number }
    elseif block then
      block.code = block.code .. line .. "\n"
    elseif line:match "^|" and not only_programs then
      local configuration = line:match "`({.-})`"
      if configuration then
        blocks[#blocks + 1] = { language = "lua", code = CONFIGURED:format(configuration), line = number }
      end
    end
  end
  assert(not block, "the last block has no end")
  assert(#blocks > 0, "there are no blocks")
  return blocks
end

-- Why the block failed, or nil.
local function run(block)
  local runner = RUNNERS[block.language]
  if not runner then return "nobody runs blocks of the language '" .. block.language .. "'" end
  local command = runner(block.code)
  if not command then return nil end
  write("command.sh", command .. "\n")
  local pipe = assert(io.popen "sh command.sh 2>errors </dev/null")
  local output = pipe:read "*a"
  local good, _, status = pipe:close()
  local errors = assert(io.open "errors"):read "*a"
  if not good then return ("it ended with %s\n%s%s"):format(status, output, errors) end
  if not output:match "%S" then return "it prints nothing\n" .. errors end
end

local failed, passed, skipped = 0, 0, 0
for _, block in ipairs(read_blocks()) do
  local reason = OF_OTHERS[block.language]
  local why = not reason and run(block)
  if reason then
    skipped = skipped + 1
    print(("skipped: %s block at line %d: %s"):format(block.language, block.line, reason))
  elseif why then
    failed = failed + 1
    print(("FAILED: %s block at line %d: %s"):format(block.language, block.line, why))
  else
    passed = passed + 1
  end
end
print(("%d passed, %d failed, %d skipped"):format(passed, failed, skipped))
os.exit(failed == 0)
