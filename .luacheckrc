std = "max"
exclude_files = { "build*", "**/node_modules" }
-- Types are functions without bodies.
files["bindings/lua/types"] = { ignore = { "211", "212", "241" } }
files["examples/love"] = { std = "max+love" }
files["spec/hosts/love"] = { globals = { "love" } } -- which the drivers change
files["spec/lua"] = { std = "max+busted" }
files["examples/neovim"] = { globals = { "vim" } }
files["spec/hosts/neovim"] = { globals = { "vim" } }
