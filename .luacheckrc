std = "max"
exclude_files = { "build*", "**/node_modules" }
-- Types are functions without bodies.
files["bindings/lua/types"] = { ignore = { "211", "212", "241" } }
files["examples/love"] = { std = "max+love" }
files["spec/hosts/love"] = { globals = { "love" } } -- which the drivers change
files["spec/lua"] = { std = "max+busted" }
files["examples/neovim"] = { globals = { "vim" } }
files["spec/hosts/neovim"] = { globals = { "vim" } }
-- What Luanti gives its mods, and the one table of the mod's own.
files["examples/luanti"] = {
  std = "luajit",
  read_globals = { "core", "vector", "ItemStack", "PcgRandom", "VoxelArea", table = { fields = { "copy" } } },
  globals = { "chatabi_villager" },
}
files["examples/luanti/chatabi_villager/models"] = { std = "max" }
-- Its tests put players and privileges in the place of the engine's.
files["spec/hosts/luanti"] = {
  std = "luajit",
  read_globals = files["examples/luanti"].read_globals,
  globals = { "core", "chatabi_villager", "stage_hook" },
}
files["examples/nginx"] = { std = "max+ngx_lua" }
files["spec/hosts/nginx"] = { std = "max+ngx_lua" }
