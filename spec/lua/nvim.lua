-- Runs the specs inside Neovim, which has LuaJIT and an event loop of its own: nvim --headless -c "luafile nvim.lua".
-- Output goes past Neovim, which would take it for messages; and it would stay open after an error.
_G.arg = { [0] = "busted", "--output=TAP", "spec/lua" }
local good, why = pcall(function()
  require "chatabi" -- the parts of the one file are found once it is loaded
  require "busted.runner" { standalone = false }
end)
if why then io.stdout:write(tostring(why), "\n") end
io.stdout:flush()
os.exit(good and 0 or 1)
