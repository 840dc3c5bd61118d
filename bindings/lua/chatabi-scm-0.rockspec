rockspec_format = "3.0"
package = "chatabi"
version = "scm-0"
source = {
  url = "git+https://github.com/chatabi/chatabi.git",
}
description = {
  summary = "OpenAI-style chat completions from Vertex AI, OpenAI and compatible servers",
  detailed = [[
chatabi sends chat completions and reads the answer chunk by chunk. Google credentials are found, exchanged, refreshed and
kept inside the client. It never blocks a frame loop, and works with any event loop that can poll a file descriptor.]],
  license = "MIT",
  labels = { "llm", "openai", "gemini", "vertex", "chat" },
}
dependencies = {
  "lua >= 5.1, < 5.5",
}
-- Not named as external_dependencies: luarocks does not look where Debian has curl's header. CMake asks pkg-config, and
-- says what is missing.
build = {
  type = "cmake",
  -- one file with the library in it: a rock has no place of its own for libchatabi.so
  variables = {
    CMAKE_BUILD_TYPE = "Release",
    CMAKE_INSTALL_PREFIX = "$(PREFIX)",
    CMAKE_INSTALL_LIBDIR = "native", -- what is in lib would be taken for Lua modules
    CHATABI_BUILD_STATIC = "OFF",
    CHATABI_BUILD_LUAJIT = "OFF",
    CHATABI_LUA_BUNDLED = "ON",
    CHATABI_LUA_INCLUDE_DIR = "$(LUA_INCDIR)",
    CHATABI_LUA_CPATH = "$(LIBDIR)",
    CHATABI_LUA_PATH = "$(LUADIR)",
  },
}
test = {
  type = "busted",
  flags = { "spec/lua" },
}
